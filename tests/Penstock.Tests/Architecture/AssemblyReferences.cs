using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Penstock.Tests.Architecture;

/// <summary>One use of a type by another.</summary>
/// <param name="From">Full name of the outermost type that uses.</param>
/// <param name="Member">Where: <c>method M</c> or <c>field F</c>; what the compiler generated goes under the method it was made for.</param>
/// <param name="To">Full name of the outermost type that is used.</param>
/// <param name="ToAssembly">The used type's assembly.</param>
internal readonly record struct TypeUse(string From, string Member, string To, string ToAssembly);

/// <summary>
/// Reads every type reference out of a compiled assembly: bases, attributes, fields, signatures, locals, catch clauses and the tokens of method
/// bodies. Sources would not do: what <c>var</c> and member chains use is written nowhere in them.
/// </summary>
internal sealed class AssemblyReferences
{
    private static readonly Dictionary<int, OperandType> Operands = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(static f => (OpCode)f.GetValue(null)!)
        .ToDictionary(static o => o.Value & 0xffff, static o => o.OperandType);

    private readonly PEReader _file;
    private readonly MetadataReader _metadata;
    private readonly HashSet<TypeUse> _uses = [];
    private readonly TypeVisitor _visitor;
    private readonly string _assembly;
    private string _from = "";
    private string _member = "";

    private AssemblyReferences(PEReader file)
    {
        _file = file;
        _metadata = file.GetMetadataReader();
        _visitor = new TypeVisitor(this);
        _assembly = _metadata.GetString(_metadata.GetAssemblyDefinition().Name);
    }

    public static IReadOnlyList<TypeUse> Read(Assembly assembly)
    {
        using var file = new PEReader(File.OpenRead(assembly.Location));
        var reader = new AssemblyReferences(file);
        foreach (var type in reader._metadata.TypeDefinitions)
        {
            reader.ReadType(type);
        }

        return [.. reader._uses.Order(Comparer<TypeUse>.Create(static (a, b) => string.CompareOrdinal(a.ToString(), b.ToString())))];
    }

    private void ReadType(TypeDefinitionHandle handle)
    {
        var type = _metadata.GetTypeDefinition(handle);
        var generatedFor = MethodBehind(_metadata.GetString(type.Name));
        _from = NameOf(handle);
        _member = generatedFor ?? "its declaration";
        Visit(type.BaseType);
        foreach (var implemented in type.GetInterfaceImplementations())
        {
            Visit(_metadata.GetInterfaceImplementation(implemented).Interface);
        }

        ReadConstraints(type.GetGenericParameters());
        ReadAttributes(type.GetCustomAttributes());
        foreach (var field in type.GetFields().Select(_metadata.GetFieldDefinition))
        {
            _member = generatedFor ?? $"field {_metadata.GetString(field.Name).Replace("k__BackingField", "", StringComparison.Ordinal).Trim('<', '>')}";
            field.DecodeSignature(_visitor, null);
            ReadAttributes(field.GetCustomAttributes());
        }

        foreach (var method in type.GetMethods().Select(_metadata.GetMethodDefinition))
        {
            var name = _metadata.GetString(method.Name);
            _member = MethodBehind(name) ?? generatedFor ?? $"method {name}";
            method.DecodeSignature(_visitor, null);
            ReadConstraints(method.GetGenericParameters());
            ReadAttributes(method.GetCustomAttributes());
            if (method.RelativeVirtualAddress != 0)
            {
                ReadBody(_file.GetMethodBody(method.RelativeVirtualAddress));
            }
        }
    }

    private void ReadBody(MethodBodyBlock body)
    {
        if (!body.LocalSignature.IsNil)
        {
            _metadata.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(_visitor, null);
        }

        foreach (var region in body.ExceptionRegions)
        {
            Visit(region.CatchType);
        }

        var il = body.GetILReader();
        while (il.RemainingBytes > 0)
        {
            int code = il.ReadByte();
            if (code == 0xfe)
            {
                code = 0xfe00 | il.ReadByte();
            }

            switch (Operands[code])
            {
                case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineType or OperandType.InlineTok or OperandType.InlineSig:
                    Visit(MetadataTokens.EntityHandle(il.ReadInt32()));
                    break;
                case OperandType.InlineSwitch:
                    var targets = il.ReadInt32();
                    il.Offset += targets * sizeof(int);
                    break;
                case OperandType.InlineI8 or OperandType.InlineR:
                    il.Offset += 8;
                    break;
                case OperandType.InlineI or OperandType.InlineBrTarget or OperandType.InlineString or OperandType.ShortInlineR:
                    il.Offset += 4;
                    break;
                case OperandType.InlineVar:
                    il.Offset += 2;
                    break;
                case OperandType.ShortInlineI or OperandType.ShortInlineBrTarget or OperandType.ShortInlineVar:
                    il.Offset += 1;
                    break;
            }
        }
    }

    private void ReadConstraints(GenericParameterHandleCollection parameters)
    {
        foreach (var constraint in parameters.SelectMany(p => _metadata.GetGenericParameter(p).GetConstraints()))
        {
            Visit(_metadata.GetGenericParameterConstraint(constraint).Type);
        }
    }

    private void ReadAttributes(CustomAttributeHandleCollection attributes)
    {
        foreach (var attribute in attributes)
        {
            Visit(_metadata.GetCustomAttribute(attribute).Constructor);
        }
    }

    private void Visit(EntityHandle handle)
    {
        if (handle.IsNil)
        {
            return;
        }

        switch (handle.Kind)
        {
            case HandleKind.TypeDefinition:
                Use(NameOf((TypeDefinitionHandle)handle), _assembly);
                break;
            case HandleKind.TypeReference:
                VisitReference((TypeReferenceHandle)handle);
                break;
            case HandleKind.TypeSpecification:
                _metadata.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(_visitor, null);
                break;
            case HandleKind.FieldDefinition:
                Visit(_metadata.GetFieldDefinition((FieldDefinitionHandle)handle).GetDeclaringType());
                break;
            case HandleKind.MethodDefinition:
                Visit(_metadata.GetMethodDefinition((MethodDefinitionHandle)handle).GetDeclaringType());
                break;
            case HandleKind.MemberReference:
                Visit(_metadata.GetMemberReference((MemberReferenceHandle)handle).Parent);
                break;
            case HandleKind.MethodSpecification:
                var specification = _metadata.GetMethodSpecification((MethodSpecificationHandle)handle);
                Visit(specification.Method);
                specification.DecodeSignature(_visitor, null);
                break;
            case HandleKind.StandaloneSignature:
                _metadata.GetStandaloneSignature((StandaloneSignatureHandle)handle).DecodeMethodSignature(_visitor, null);
                break;
        }
    }

    private void VisitReference(TypeReferenceHandle handle)
    {
        var type = _metadata.GetTypeReference(handle);
        while (type.ResolutionScope.Kind == HandleKind.TypeReference)
        {
            type = _metadata.GetTypeReference((TypeReferenceHandle)type.ResolutionScope);
        }

        var assembly = type.ResolutionScope.Kind == HandleKind.AssemblyReference
            ? _metadata.GetString(_metadata.GetAssemblyReference((AssemblyReferenceHandle)type.ResolutionScope).Name)
            : _assembly;
        Use(FullName(type.Namespace, type.Name), assembly);
    }

    private void Use(string type, string assembly)
    {
        if (type != _from)
        {
            _uses.Add(new TypeUse(_from, _member, type, assembly));
        }
    }

    private string NameOf(TypeDefinitionHandle handle)
    {
        var type = _metadata.GetTypeDefinition(handle);
        while (!type.GetDeclaringType().IsNil)
        {
            type = _metadata.GetTypeDefinition(type.GetDeclaringType());
        }

        return FullName(type.Namespace, type.Name);
    }

    private string FullName(StringHandle space, StringHandle name)
    {
        var simple = _metadata.GetString(name);
        var arity = simple.IndexOf('`', StringComparison.Ordinal);
        return $"{_metadata.GetString(space)}.{(arity < 0 ? simple : simple[..arity])}";
    }

    /// <summary>The method that a compiler-generated name was made for: that of <c>&lt;RunAsync&gt;d__5</c> is <c>RunAsync</c>; null for other names.</summary>
    private static string? MethodBehind(string name)
    {
        var end = name.IndexOf('>', StringComparison.Ordinal);
        return name.StartsWith('<') && end > 1 ? $"method {name[1..end]}" : null;
    }

    /// <summary>Sees every type of a signature as it is decoded. What it returns means nothing.</summary>
    private sealed class TypeVisitor(AssemblyReferences owner) : ISignatureTypeProvider<int, object?>
    {
        public int GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => Visit(handle);

        public int GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) => Visit(handle);

        public int GetTypeFromSpecification(MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
            Visit(handle);

        public int GetArrayType(int elementType, ArrayShape shape) => 0;

        public int GetByReferenceType(int elementType) => 0;

        public int GetFunctionPointerType(MethodSignature<int> signature) => 0;

        public int GetGenericInstantiation(int genericType, ImmutableArray<int> typeArguments) => 0;

        public int GetGenericMethodParameter(object? genericContext, int index) => 0;

        public int GetGenericTypeParameter(object? genericContext, int index) => 0;

        public int GetModifiedType(int modifier, int unmodifiedType, bool isRequired) => 0;

        public int GetPinnedType(int elementType) => 0;

        public int GetPointerType(int elementType) => 0;

        public int GetPrimitiveType(PrimitiveTypeCode typeCode) => 0;

        public int GetSZArrayType(int elementType) => 0;

        private int Visit(EntityHandle handle)
        {
            owner.Visit(handle);
            return 0;
        }
    }
}
