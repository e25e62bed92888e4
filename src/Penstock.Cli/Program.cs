using Penstock.Cli;

StandardStreams.Install();
return await PenstockCommand.RunAsync(args).ConfigureAwait(false);
