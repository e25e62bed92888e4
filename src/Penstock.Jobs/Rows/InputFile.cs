using System.IO.Compression;
using System.Text;
using Penstock.Jobs.Files;

namespace Penstock.Jobs.Rows;

/// <summary>Opens a file as UTF-8 text, block by block: gzip is decompressed, and UTF-16 with a byte order mark is converted.</summary>
internal static class InputFile
{
    /// <summary>Makes the framework tell a gzip file that is cut off, which else looks as if it had ended. A host that has decided keeps its decision.</summary>
    private const string StrictSwitch = "System.IO.Compression.UseStrictValidation";

    static InputFile()
    {
        if (!AppContext.TryGetSwitch(StrictSwitch, out _))
        {
            AppContext.SetSwitch(StrictSwitch, true);
        }
    }

    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static InputBlocks Open(string path)
    {
        var file = new FileStream(path, new FileStreamOptions
        {
            Access = FileAccess.Read,
            Share = FileShare.ReadWrite,
            BufferSize = 0,
            Options = FileOptions.SequentialScan,
        });
        if (!file.CanSeek)
        {
            // A named pipe, say: what was looked at would be gone.
            return new InputBlocks(file);
        }

        Span<byte> start = stackalloc byte[4];
        start = start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        file.Position = 0;
        Stream text = InputStart.EncodingOf(start) switch
        {
            InputEncoding.Gzip => new GZipStream(file, CompressionMode.Decompress),
            InputEncoding.Utf16Little => Encoding.CreateTranscodingStream(file, Encoding.Unicode, Encoding.UTF8),
            InputEncoding.Utf16Big => Encoding.CreateTranscodingStream(file, Encoding.BigEndianUnicode, Encoding.UTF8),
            _ => file,
        };
        return new InputBlocks(text, file: file);
    }

    /// <summary>The names of a CSV file's columns; null if they cannot be read, which is told when the job runs.</summary>
    public static IReadOnlyList<string>? ReadHeader(string path, char separator)
    {
        // Opening a pipe waits for its writer, and what is read from it is gone.
        if (SpecialFile.Is(path))
        {
            return null;
        }

        try
        {
            using var blocks = Open(path);
            if (!blocks.IsFile)
            {
                return null;
            }

            var reader = new CsvReader(blocks, (byte)separator);
            while (blocks.Fill())
            {
                if (InputStart.WhyNotText(blocks.Rest) is not null)
                {
                    return null;
                }

                if (reader.TryRead(out var record, out var problem))
                {
                    return CsvSource.ReadHeader(record.Span, reader.Fields, problem);
                }
            }

            return reader.TryRead(out var last, out var lastProblem) ? CsvSource.ReadHeader(last.Span, reader.Fields, lastProblem) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or ArgumentException or NotSupportedException)
        {
            return null;
        }
    }
}
