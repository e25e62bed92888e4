using Penstock.Cli;

return await PenstockCommand.RunAsync(args).ConfigureAwait(false);
