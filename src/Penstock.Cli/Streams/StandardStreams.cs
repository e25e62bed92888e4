using System.Text;

namespace Penstock.Cli.Streams;

/// <summary>
/// What the verbs print on. Output that cannot be written ends the command with a message; errors that cannot be written end nothing: a job
/// must not die because its log is full.
/// </summary>
internal static class StandardStreams
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Makes the console write through these streams. Once, before anything is said.</summary>
    public static void Install()
    {
        Console.SetOut(TextWriter.Synchronized(new StreamWriter(OpenOutput(), Utf8) { AutoFlush = true }));
        Console.SetError(TextWriter.Synchronized(new StreamWriter(new DeafStream(new DescriptorStream(DescriptorStream.Error)), Utf8) { AutoFlush = true }));
    }

    /// <summary>Standard output in bytes; a write that fails throws an <see cref="IOException"/>.</summary>
    public static Stream OpenOutput() => new DescriptorStream(DescriptorStream.Output);

    /// <summary>Which of them a path is another name of; null if none.</summary>
    public static int? DescriptorOf(string path) => path switch
    {
        "/dev/stdout" or "/dev/fd/1" or "/proc/self/fd/1" => DescriptorStream.Output,
        "/dev/stderr" or "/dev/fd/2" or "/proc/self/fd/2" => DescriptorStream.Error,
        _ => null,
    };

    /// <summary>Drops what cannot be written.</summary>
    private sealed class DeafStream(Stream stream) : MemoryStream
    {
        public override bool CanSeek => false;

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            try
            {
                stream.Write(buffer);
            }
            catch (IOException)
            {
                // Nobody is left to tell.
            }
        }
    }
}
