/**
 * The types of a GraphQL schema as JSON Schema (2020-12), for OpenAPI documents: one component for each object, enum and
 * abstract type, descriptions and deprecations carried over. It describes what the REST faces send.
 */
import {
  type GraphQLEnumType,
  type GraphQLNamedOutputType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isAbstractType,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
} from 'graphql';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** Scalars by the names that they usually have. */
const SCALARS: Readonly<Record<string, JsonSchema>> = {
  ID: { type: 'string' },
  String: { type: 'string' },
  Boolean: { type: 'boolean' },
  Int: { type: 'integer', format: 'int32' },
  Float: { type: 'number', format: 'double' },
  DateTime: { type: 'string', format: 'date-time' },
  Date: { type: 'string', format: 'date' },
  Time: { type: 'string', format: 'time' },
  UUID: { type: 'string', format: 'uuid' },
  URL: { type: 'string', format: 'uri' },
};

export class JsonTypes {
  readonly #schema: GraphQLSchema;
  readonly #components = new Map<string, JsonSchema>();

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
  }

  /** The types that were asked for, and those that they lead to, by name. */
  get components(): Readonly<Record<string, JsonSchema>> {
    return Object.fromEntries([...this.#components].sort(([one], [other]) => (one < other ? -1 : 1)));
  }

  /** What a field of this type is in JSON. */
  schemaOf(type: GraphQLOutputType): JsonSchema {
    if (isNonNullType(type)) return this.present(type.ofType);
    const present = this.present(type);
    const { type: own } = present;
    if (typeof own === 'string') return { ...present, type: [own, 'null'] };
    return Object.keys(present).every((key) => key === 'description')
      ? present
      : { anyOf: [present, { type: 'null' }] };
  }

  /** The same where it is not null. */
  present(type: GraphQLOutputType): JsonSchema {
    if (isListType(type)) return { type: 'array', items: this.schemaOf(type.ofType) };
    if (isNonNullType(type)) return this.present(type.ofType);
    if (isScalarType(type)) {
      return SCALARS[type.name] ?? described(type.description, { 'x-graphql-scalar': type.name });
    }
    return this.#reference(type);
  }

  #reference(type: GraphQLNamedOutputType): JsonSchema {
    if (!this.#components.has(type.name)) {
      // Named before it is made: types may hold each other.
      this.#components.set(type.name, {});
      this.#components.set(type.name, this.#component(type));
    }
    return { $ref: `#/components/schemas/${type.name}` };
  }

  #component(type: GraphQLNamedOutputType): JsonSchema {
    if (isEnumType(type)) return enumeration(type);
    if (isObjectType(type)) return this.#object(type);
    if (!isAbstractType(type)) return {};
    const oneOf = this.#schema.getPossibleTypes(type).map((possible) => ({
      allOf: [
        this.#reference(possible),
        {
          type: 'object',
          required: ['__typename'],
          properties: { __typename: { const: possible.name } },
        },
      ],
    }));
    return described(type.description, { oneOf });
  }

  #object(type: GraphQLObjectType): JsonSchema {
    const fields = Object.values(type.getFields());
    const required = fields.filter((field) => isNonNullType(field.type)).map(({ name }) => name);
    const properties = Object.fromEntries(
      fields.map((field) => {
        const deprecated = field.deprecationReason ? { deprecated: true } : {};
        return [field.name, { ...described(field.description, this.schemaOf(field.type)), ...deprecated }];
      }),
    );
    return described(type.description, {
      type: 'object',
      ...(required.length > 0 ? { required } : {}),
      properties,
    });
  }
}

/** With a description, where there is one. */
export function described(description: string | null | undefined, schema: JsonSchema): JsonSchema {
  return description ? { description, ...schema } : schema;
}

function enumeration(type: GraphQLEnumType): JsonSchema {
  const values = type.getValues();
  const lines = values.flatMap(({ name, description }) =>
    description ? [`- \`${name}\`: ${description}`] : [],
  );
  const text = [type.description ?? '', lines.join('\n')].filter((part) => part !== '').join('\n\n');
  return described(text, { type: 'string', enum: values.map(({ name }) => name) });
}
