namespace Penstock;

/// <summary>A pipeline was configured wrongly. Every problem is listed, not only the first.</summary>
public sealed class PipelineConfigurationException : Exception
{
    /// <summary>Creates an exception without problems.</summary>
    public PipelineConfigurationException()
        : this([])
    {
    }

    /// <summary>Creates an exception with one problem.</summary>
    public PipelineConfigurationException(string message)
        : this([message])
    {
    }

    /// <summary>Creates an exception with one problem and its cause.</summary>
    public PipelineConfigurationException(string message, Exception innerException)
        : base(message, innerException) => Problems = [message];

    /// <summary>Creates an exception that lists <paramref name="problems"/>.</summary>
    public PipelineConfigurationException(IReadOnlyList<string> problems)
        : base(string.Join(Environment.NewLine, problems)) => Problems = problems;

    /// <summary>All problems, each naming place, value and remedy.</summary>
    public IReadOnlyList<string> Problems { get; }
}
