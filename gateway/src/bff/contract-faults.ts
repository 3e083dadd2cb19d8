/**
 * What does not fit between an operation and the BFF's schema, as texts that the compiler shows: `part orders[]: field
 * total is missing`. Each type here is `unknown` where all is well, so that it may be joined to what it is about.
 */
import type { FieldTypes, SchemaTypes } from './contract.ts';

/** Deeper levels of a schema that holds itself are not looked at. */
type Deepest = 10;

/** The texts of all faults of a value; `never` where it fits. Members that the schema lacks are dropped by the faces. */
export type ValueFaults<Got, Want, At extends string, Depth extends readonly 0[] = []> = unknown extends Got
  ? never
  : unknown extends Want
    ? never
    : [Got] extends [Want]
      ? never
      : Depth['length'] extends Deepest
        ? never
        : NullFaults<Got, Want, At> | GivenFaults<NonNullable<Got>, NonNullable<Want>, At, Depth>;

type NullFaults<Got, Want, At extends string> = [Extract<Got, null | undefined>] extends [never]
  ? never
  : null extends Want
    ? never
    : `${At} may be ${null extends Got ? 'null' : 'missing'}, and the schema says that it is not`;

type GivenFaults<Got, Want, At extends string, Depth extends readonly 0[]> = [Got] extends [never]
  ? never
  : [Got] extends [Want]
    ? never
    : [Want] extends [readonly (infer WantItem)[]]
      ? [Got] extends [readonly (infer GotItem)[]]
        ? ValueFaults<GotItem, WantItem, `${At}[]`, [...Depth, 0]>
        : `${At} is ${NameOf<Got>}, and the schema says a list`
      : [Want] extends [object]
        ? ObjectFaults<Got, Want, At, Depth>
        : LeafFaults<Got, Want, At>;

/** Of each alternative of what there is. */
type ObjectFaults<Got, Want, At extends string, Depth extends readonly 0[]> = Got extends
  | readonly unknown[]
  | string
  | number
  | boolean
  ? `${At} is ${NameOf<Got>}, and the schema says an object`
  : IsUnion<Want> extends true
    ? Got extends { readonly __typename: infer Name extends string }
      ? [Extract<Want, { readonly __typename: Name }>] extends [never]
        ? `${At}: __typename '${Name}' is none that the schema allows there`
        : MemberFaults<Got, Extract<Want, { readonly __typename: Name }>, At, Depth>
      : `${At}: field __typename is missing, which says what of the schema's types it is`
    : MemberFaults<Got, Want, At, Depth>;

type MemberFaults<Got, Want, At extends string, Depth extends readonly 0[]> = {
  [Name in keyof Want & string]-?: Name extends keyof Got
    ? ValueFaults<Got[Name], Want[Name], `${At}: field ${Name}`, [...Depth, 0]>
    : undefined extends Want[Name]
      ? never
      : null extends Want[Name]
        ? `${At}: field ${Name} is missing; write null where there is none`
        : `${At}: field ${Name} is missing`;
}[keyof Want & string];

/** Of an enum the names that the schema lacks, of others the kind. */
type LeafFaults<Got, Want, At extends string> = [Got] extends [string]
  ? [Want] extends [string]
    ? string extends Got
      ? `${At} is any text, and the schema says an enum`
      : `${At} may be '${Exclude<Got, Want> & string}', which the schema's enum lacks`
    : `${At} is text, and the schema says ${NameOf<Want>}`
  : `${At} is ${NameOf<Got>}, and the schema says ${NameOf<Want>}`;

type NameOf<T> = [T] extends [string]
  ? 'text'
  : [T] extends [number]
    ? 'a number'
    : [T] extends [boolean]
      ? 'true or false'
      : [T] extends [readonly unknown[]]
        ? 'a list'
        : [T] extends [object]
          ? 'an object'
          : 'something else';

/** `unknown` without faults, so that `T & Verdict<…>` is `T`; else their texts. */
export type Verdict<Faults> = [Faults] extends [never] ? unknown : Faults;

/** A text, or the texts of what is wrong with it: the two can't be joined. */
export type OrFaults<Text extends string, Faults> = unknown extends Faults ? Text : Faults;

/** Each part's value held to its field, and a part for each field. `Values`: what parts show, by name. */
export type PartFaults<Field extends FieldTypes, Values> = unknown extends Field['answer']
  ? unknown
  : {
      readonly [Name in keyof Values & string]: Name extends keyof Field['answer']
        ? Verdict<ValueFaults<Values[Name], Field['answer'][Name], `part ${Name}`>>
        : `part ${Name}: type ${Field['type']} has no field of that name`;
    } & {
      readonly [Name in Exclude<
        keyof Field['answer'] & string,
        keyof Values | '__typename'
      >]: `part ${Name} is missing: type ${Field['type']} has a field of that name`;
    };

/** New values of parts held to their fields. `Values`: what feeds give, by the name of the part. */
export type UpdateFaults<Field extends FieldTypes, Values> = unknown extends Field['answer']
  ? unknown
  : {
      readonly [Name in keyof Values & string]: Name extends keyof Field['answer']
        ? Verdict<ValueFaults<Values[Name], Field['answer'][Name], `update ${Name}`>>
        : `update ${Name}: type ${Field['type']} has no field of that name`;
    };

/** What a flow answers held to its field. */
export type AnswerFaults<Field extends FieldTypes, Answer> = Verdict<
  ValueFaults<Answer, Field['answer'], 'answer'>
>;

/** An operation's input held to the arguments of its field. */
export type InputFaults<Field extends FieldTypes, Given> = unknown extends Field['answer']
  ? unknown
  : Verdict<
      | (Exclude<keyof Field['arguments'], keyof Given | 'idempotencyKey'> extends infer Name extends string
          ? `argument ${Name} is no member of the input: make the operation with takes(…)`
          : never)
      | (Exclude<keyof Given, keyof Field['arguments']> extends infer Name extends string
          ? `member ${Name} of the input is no argument of the field`
          : never)
      | {
          [Name in keyof Given & keyof Field['arguments'] & string]: ArgumentFault<
            NonNullable<Given[Name]>,
            NonNullable<Field['arguments'][Name]>,
            Name
          >;
        }[keyof Given & keyof Field['arguments'] & string]
    >;

/** Held by kind: what an input makes of a text (a date, one of a few) is its own matter. */
type ArgumentFault<Given, Argument, Name extends string> =
  NameOf<Given> extends NameOf<Argument> | 'an object' | 'something else'
    ? never
    : `member ${Name} of the input is ${NameOf<Given>}, and the schema says ${NameOf<Argument>}`;

/** The `{parameters}` of a path, which must be members of the input. */
export type PathFaults<Path extends string, Given> = Verdict<
  Exclude<ParametersOf<Path>, keyof Given> extends infer Name extends string
    ? `path ${Path}: {${Name}} is no member of the input`
    : never
>;

export type ParametersOf<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParametersOf<Rest>
  : never;

/** Parts that were made by the tools of another input. `Inputs`: what each is told, by name. */
export type PartInputFaults<Inputs, Given> = unknown extends Given
  ? unknown
  : { readonly [Name in keyof Inputs & string]: InputFault<Inputs[Name], Given, `part ${Name}`> };

/** A part, step or feed that was made by the tools of another input; one that is told nothing fits any. */
export type InputFault<PartGiven, Given, At extends string> = unknown extends PartGiven | Given
  ? unknown
  : keyof PartGiven extends never
    ? unknown
    : [Given] extends [PartGiven]
      ? [PartGiven] extends [Given]
        ? unknown
        : `${At} was made for another input`
      : `${At} was made for another input`;

/** The field of a root type; one of which nothing is known where there is none of the name. */
export type FieldOf<Schema extends SchemaTypes, Kind extends keyof SchemaTypes, Name> = [
  IsUnion<Name>,
] extends [true]
  ? FieldTypes
  : Name extends keyof Schema[Kind]
    ? Schema[Kind][Name]
    : FieldTypes;

/** A misspelt name becomes all that it could be, which would be told of each. */
type IsUnion<Name, All = Name> = Name extends unknown ? ([All] extends [Name] ? false : true) : never;
