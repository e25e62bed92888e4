using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace Penstock.Tests.Architecture;

/// <summary>
/// Everything that a program which references an assembly can name, one line each, sorted: the same text for the same surface, whatever the
/// order of the sources. Indented lines belong to the type above them.
/// </summary>
internal static class PublicApi
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly NullabilityInfoContext Nullability = new();

    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(bool)] = "bool",
        [typeof(byte)] = "byte",
        [typeof(double)] = "double",
        [typeof(int)] = "int",
        [typeof(long)] = "long",
        [typeof(object)] = "object",
        [typeof(short)] = "short",
        [typeof(string)] = "string",
        [typeof(ushort)] = "ushort",
        [typeof(void)] = "void",
    };

    public static string List(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (var type in assembly.GetExportedTypes().OrderBy(static t => t.FullName, StringComparer.Ordinal))
        {
            text.Append(Describe(type)).Append('\n');
            foreach (var line in Members(type).Order(StringComparer.Ordinal))
            {
                text.Append("    ").Append(line).Append('\n');
            }
        }

        return text.ToString();
    }

    private static string Describe(Type type)
    {
        if (typeof(Delegate).IsAssignableFrom(type))
        {
            var invoke = type.GetMethod("Invoke")!;
            return $"delegate {Result(invoke)} {Name(type)}({Parameters(invoke)})";
        }

        if (type.IsEnum)
        {
            return $"enum {Name(type)} : {Name(type.GetEnumUnderlyingType())}";
        }

        var isRecord = type.GetMethod("<Clone>$", Declared) is not null || (type.IsValueType && type.GetMethod("PrintMembers", Declared) is not null);
        var kind = type switch
        {
            { IsInterface: true } => "interface",
            { IsValueType: true } =>
                $"{(type.IsDefined(typeof(IsReadOnlyAttribute)) ? "readonly " : "")}{(type.IsByRefLike ? "ref " : "")}{(isRecord ? "record " : "")}struct",
            _ => $"{(type.IsAbstract ? type.IsSealed ? "static " : "abstract " : type.IsSealed ? "sealed " : "")}{(isRecord ? "record" : "class")}",
        };
        var bases = type.GetInterfaces()
            .Except(type.BaseType?.GetInterfaces() ?? [])
            .Where(static i => i.IsVisible)
            .Select(static i => Name(i))
            .Order(StringComparer.Ordinal)
            .ToList();
        if (type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType))
        {
            bases.Insert(0, Name(parent));
        }

        return $"{kind} {Name(type)}{(bases.Count > 0 ? " : " + string.Join(", ", bases) : "")}";
    }

    private static IEnumerable<string> Members(Type type)
    {
        if (typeof(Delegate).IsAssignableFrom(type))
        {
            yield break;
        }

        foreach (var field in type.GetFields(Declared).Where(static f => (f.IsPublic || f.IsFamily || f.IsFamilyOrAssembly) && !f.IsSpecialName))
        {
            yield return field.IsLiteral
                ? type.IsEnum
                    ? $"{field.Name} = {Convert.ToInt64(field.GetRawConstantValue(), CultureInfo.InvariantCulture)}"
                    : $"const {Name(field.FieldType)} {field.Name} = {Literal(field.GetRawConstantValue())}"
                : $"{(field.IsStatic ? "static " : "")}{(field.IsInitOnly ? "readonly " : "")}{Name(field.FieldType, Nullability.Create(field))} {field.Name}";
        }

        foreach (var constructor in type.GetConstructors(Declared).Where(IsVisible))
        {
            yield return $"{Modifiers(constructor)}{Bare(type)}({Parameters(constructor)})";
        }

        foreach (var property in type.GetProperties(Declared))
        {
            var accessors = property.GetAccessors(nonPublic: true).Where(IsVisible).ToArray();
            if (accessors.Length > 0)
            {
                var index = property.GetIndexParameters().Length > 0 ? $"this[{Parameters(property.GetMethod ?? accessors[0])}]" : property.Name;
                yield return $"{Modifiers(accessors[0])}{Required(property)}{Name(property.PropertyType, Nullability.Create(property))} {index} {{ {string.Concat(accessors.Select(Accessor))}}}";
            }
        }

        foreach (var added in type.GetEvents(Declared).Where(static e => IsVisible(e.AddMethod!)))
        {
            yield return $"{Modifiers(added.AddMethod!)}event {Name(added.EventHandlerType!)} {added.Name}";
        }

        foreach (var method in type.GetMethods(Declared).Where(static m => IsVisible(m) && (!m.IsSpecialName || m.Name.StartsWith("op_", StringComparison.Ordinal)) && !m.Name.StartsWith('<')))
        {
            var generics = method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(static t => t.Name))}>" : "";
            yield return $"{Modifiers(method)}{Result(method)} {method.Name}{generics}({Parameters(method)})";
        }
    }

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string Modifiers(MethodBase method)
    {
        var access = method.IsPublic ? "" : "protected ";
        var isOverride = method is MethodInfo info && info.GetBaseDefinition() != info;
        return access + method switch
        {
            { IsStatic: true } => "static ",
            { DeclaringType.IsInterface: true } => "",
            { IsAbstract: true } => "abstract ",
            _ when isOverride => method.IsFinal ? "sealed override " : "override ",
            { IsVirtual: true, IsFinal: false } => "virtual ",
            _ => "",
        };
    }

    private static string Required(PropertyInfo property) => property.IsDefined(typeof(RequiredMemberAttribute)) ? "required " : "";

    private static string Accessor(MethodInfo accessor)
    {
        var isInit = accessor.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));
        return $"{(accessor.IsPublic ? "" : "protected ")}{(accessor.ReturnType != typeof(void) ? "get" : isInit ? "init" : "set")}; ";
    }

    private static string Result(MethodInfo method) => Name(method.ReturnType, Nullability.Create(method.ReturnParameter));

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(static p =>
    {
        var way = p.IsOut ? "out " : p.ParameterType.IsByRef ? p.IsIn ? "in " : "ref " : p.IsDefined(typeof(ParamArrayAttribute)) || p.IsDefined(typeof(ParamCollectionAttribute)) ? "params " : "";
        return $"{way}{Name(p.ParameterType, Nullability.Create(p))} {p.Name}{(p.HasDefaultValue ? " = " + Literal(p.RawDefaultValue) : "")}";
    }));

    private static string Literal(object? value) => value switch
    {
        null => "default",
        string text => $"\"{text}\"",
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static string Bare(Type type) => type.Name.Split('`')[0];

    private static string Name(Type type, NullabilityInfo? nullability = null)
    {
        if (type.IsByRef)
        {
            return Name(type.GetElementType()!, nullability);
        }

        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return Name(underlying) + "?";
        }

        var mark = !type.IsValueType && (nullability?.ReadState == NullabilityState.Nullable || nullability?.WriteState == NullabilityState.Nullable) ? "?" : "";
        if (type.IsArray)
        {
            return $"{Name(type.GetElementType()!, nullability?.ElementType)}[]{mark}";
        }

        var name = type switch
        {
            { IsGenericParameter: true } => type.Name,
            { IsNested: true } => $"{Name(type.DeclaringType!)}.{Bare(type)}",
            _ => Keywords.GetValueOrDefault(type) ?? $"{(IsWellKnown(type) ? "" : type.Namespace + ".")}{Bare(type)}",
        };
        var arguments = type.IsGenericType
            ? $"<{string.Join(", ", type.GetGenericArguments().Select((t, i) => Name(t, nullability?.GenericTypeArguments.ElementAtOrDefault(i))))}>"
            : "";
        return name + arguments + mark;
    }

    // Without its namespace every name is still clear, and the lines are short enough to be read.
    private static bool IsWellKnown(Type type) => type.Namespace is { } space &&
        (space is "System" or "System.Collections.Generic" or "System.Threading" or "System.Threading.Tasks"
            || space.Split('.')[0] == "Penstock");
}
