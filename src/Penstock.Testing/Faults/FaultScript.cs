using System.Globalization;
using System.Text;

namespace Penstock.Testing;

/// <summary>
/// When a mock server misbehaves, and how. Calls and connects are counted from 1 over all connections of a server, in the order in which it
/// reads them; the first rule that fits decides. A script is immutable (each method returns a longer one), and the same seed and script
/// give the same history, whatever the timing. <see cref="ToString"/> prints it as C#, for failure texts.
/// </summary>
public sealed class FaultScript
{
    private const int PurposeOfOrder = -1;
    private readonly Rule[] _rules;

    /// <summary>Creates an empty script.</summary>
    /// <param name="seed">Decides everything that is left to chance.</param>
    public FaultScript(int seed)
        : this(seed, [], false, 0)
    {
    }

    private FaultScript(int seed, Rule[] rules, bool shufflesMembers, int maxWriteBytes)
    {
        Seed = seed;
        _rules = rules;
        ShufflesMembers = shufflesMembers;
        MaxWriteBytes = maxWriteBytes;
    }

    /// <summary>The seed.</summary>
    public int Seed { get; }

    /// <summary>Whether answers have their members in any order.</summary>
    public bool ShufflesMembers { get; }

    /// <summary>The most bytes per write; 0 = not split.</summary>
    public int MaxWriteBytes { get; }

    /// <summary>
    /// A script of one to five rules over all faults, as <paramref name="seed"/> will have it: for properties that must hold whatever a
    /// server does.
    /// </summary>
    /// <param name="seed">Decides the rules and what they leave to chance.</param>
    /// <param name="calls">About how many calls the server will see; faults that end a connection fall among them, a few times at most.</param>
    public static FaultScript Random(int seed, int calls = 200)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(calls, 1);
        return RandomScript.Make(seed, calls);
    }

    /// <summary>The fault meets call <paramref name="number"/>.</summary>
    public FaultScript OnCall(long number, Fault fault) => OnCalls(number, number, fault);

    /// <summary>The fault meets the calls from <paramref name="first"/> to <paramref name="last"/>, both included.</summary>
    public FaultScript OnCalls(long first, long last, Fault fault)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(first, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(last, first);
        var code = first == last ? $"OnCall({Text(first)}, {fault})" : $"OnCalls({Text(first)}, {Text(last)}, {fault})";
        return With(new Rule(false, first, last, 1, 1, ForCalls(fault), code));
    }

    /// <summary>The fault meets every <paramref name="nth"/> call.</summary>
    public FaultScript EveryCall(long nth, Fault fault)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(nth, 1);
        return With(new Rule(false, 1, long.MaxValue, nth, 1, ForCalls(fault), $"EveryCall({Text(nth)}, {fault})"));
    }

    /// <summary>The fault meets each call with this probability.</summary>
    /// <param name="probability">0 to 1.</param>
    /// <param name="fault">The fault.</param>
    public FaultScript WithProbability(double probability, Fault fault)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(probability, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(probability, 1);
        var code = $"WithProbability({probability.ToString("R", CultureInfo.InvariantCulture)}, {fault})";
        return With(new Rule(false, 1, long.MaxValue, 1, probability, ForCalls(fault), code));
    }

    /// <summary>The fault meets connect <paramref name="number"/>.</summary>
    public FaultScript OnConnect(long number, Fault fault)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(number, 1);
        return With(new Rule(true, number, number, 1, 1, ForConnects(fault), $"OnConnect({Text(number)}, {fault})"));
    }

    /// <summary>The fault meets every connect.</summary>
    public FaultScript EveryConnect(Fault fault) =>
        With(new Rule(true, 1, long.MaxValue, 1, 1, ForConnects(fault), $"EveryConnect({fault})"));

    /// <summary>Answers have their members in any order.</summary>
    public FaultScript WithShuffledMembers() => new(Seed, _rules, true, MaxWriteBytes);

    /// <summary>The output is cut into writes of random sizes.</summary>
    /// <param name="maxBytes">The largest. 1 or more, default 16.</param>
    public FaultScript WithSplitWrites(int maxBytes = 16)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBytes, 1);
        return new(Seed, _rules, ShufflesMembers, maxBytes);
    }

    /// <summary>What meets call <paramref name="number"/>, counted from 1; null = nothing.</summary>
    public Fault? ForCall(long number) => Find(number, isConnect: false);

    /// <summary>What meets connect <paramref name="number"/>, counted from 1; null = nothing.</summary>
    public Fault? ForConnect(long number) => Find(number, isConnect: true);

    /// <summary>The script as it is written in C#.</summary>
    public override string ToString()
    {
        var text = new StringBuilder($"new {nameof(FaultScript)}({Text(Seed)})");
        foreach (var rule in _rules)
        {
            text.Append('.').Append(rule.Code);
        }

        text.Append(ShufflesMembers ? $".{nameof(WithShuffledMembers)}()" : "");
        return text.Append(MaxWriteBytes > 0 ? $".{nameof(WithSplitWrites)}({Text(MaxWriteBytes)})" : "").ToString();
    }

    internal int OrderOf(long call, int orders) => SeededChance.Below(orders, Seed, call, PurposeOfOrder);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static Fault ForCalls(Fault fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        return fault.IsForConnects ? throw new ArgumentException($"{fault} is for connects; use OnConnect.", nameof(fault)) : fault;
    }

    private static Fault ForConnects(Fault fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        return fault.IsForConnects || fault.Kind == FaultKind.Delay
            ? fault
            : throw new ArgumentException($"{fault} is for calls; use OnCall.", nameof(fault));
    }

    private FaultScript With(Rule rule) => new(Seed, [.. _rules, rule], ShufflesMembers, MaxWriteBytes);

    private Fault? Find(long number, bool isConnect)
    {
        for (var i = 0; i < _rules.Length; i++)
        {
            var rule = _rules[i];
            if (rule.IsForConnects == isConnect
                && number >= rule.First && number <= rule.Last && number % rule.Every == 0
                && (rule.Probability >= 1 || SeededChance.Fraction(Seed, number, i) < rule.Probability))
            {
                return rule.Fault;
            }
        }

        return null;
    }

    private sealed record Rule(bool IsForConnects, long First, long Last, long Every, double Probability, Fault Fault, string Code);
}
