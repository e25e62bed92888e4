using Penstock.Cli;
using Penstock.Cli.Streams;

StandardStreams.Install();
return await PenstockCommand.RunAsync(args).ConfigureAwait(false);
