//! The document guard: what a GraphQL request may ask for, decided before the engine touches it.
//!
//! The engine's own limits walk the document with every fragment put in place, so seven fragments that spread one
//! another ten times keep a thread busy for minutes while its limits count. Here the text is first measured without
//! recursion ([`super::tokens`]), then parsed once, and then each fragment is weighed once, whatever the number of its
//! uses: the work is linear in the size of the text. The parsed document goes to the engine with
//! `Request::set_parsed_query`, so nothing is parsed twice. What the guard does not judge (unknown fields, unknown
//! fragments, types) is left to the engine's validation, which is then safe to run.

mod cost;
mod page;
pub mod points;
mod prepared;
mod refusal;
#[cfg(test)]
mod tests;

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, OperationDefinition, OperationType, Selection, SelectionSet,
    VariableDefinition,
};
use async_graphql::parser::{Error, Positioned, parse_query};
use serde_json::{Map, Value};

use self::cost::{Cost, Scales};
pub use self::page::page;
pub use self::prepared::Prepared;
pub use self::refusal::Refusal;
use super::tokens;
use crate::page::{self as pages, PageSize};

/// What one request may ask for. Counts are taken with every fragment put in place of its spreads.
///
/// The defaults leave several times the room that the association's own apps need, and keep the worst allowed
/// document to a few milliseconds of checking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of query text. An app's largest screen is under 4 KiB; a generated introspection query under 2 KiB.
    pub query_bytes: usize,
    /// Lexical tokens: bounds the parser's time and memory.
    pub tokens: usize,
    /// Brackets inside one another: the parser recurses once for each, so this bounds its stack.
    pub nesting: usize,
    /// Selection sets inside one another, fragments included; the engine stops at 32 by itself, with its own words.
    pub levels: usize,
    /// Fields inside one another, the root field being 1. District to ward to branch by connections is 10.
    pub depth: u32,
    /// The same inside `__schema` and `__type`; what graphql-js asks is 15 deep.
    pub introspection_depth: u32,
    /// Fields in one operation.
    pub fields: u32,
    /// The same inside `__schema` and `__type`.
    pub introspection_fields: u32,
    /// List fields (`fields`, `interfaces`, `possibleTypes`, `inputFields`) inside one another in an introspection.
    /// Type to field to type repeats for ever, and each round multiplies the answer; tools need one round.
    pub introspection_lists: u32,
    /// Fragment spreads and inline fragments; without this, spreads that lead to no field at all would cost nothing.
    pub spreads: u32,
    /// Aliases: one field under many names is the cheapest way to ask for the same work many times.
    pub aliases: u32,
    /// Directives of one operation.
    pub directives: u32,
    /// Argument values, those of variables counted at each use, because the engine copies them at each use.
    pub values: u32,
    /// Entries of one list among the arguments. Bulk mutations take 200 and say so in their own words.
    pub list: u32,
    /// Operations in the document: all of them are validated, one is run.
    pub operations: u32,
    /// Fragment definitions in the document.
    pub fragments: u32,
    /// Variables defined by one operation.
    pub variables: u32,
    /// Root fields of a query.
    pub root_fields: u32,
    /// Root fields of a mutation, `__typename` aside. One: a mutation that fails after another has been committed could
    /// not be told from one that did nothing. Bulk mutations exist for the rest.
    pub root_mutations: u32,
    /// Root fields of a subscription (GraphQL specification, October 2021, section 5.2.3.1).
    pub subscriptions: u32,
    /// Rows an answer can hold: page sizes multiplied along each path, then summed.
    pub nodes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            query_bytes: 16 * 1024,
            tokens: 2000,
            nesting: 64,
            levels: 32,
            depth: 12,
            introspection_depth: 20,
            fields: 500,
            introspection_fields: 2000,
            introspection_lists: 2,
            spreads: 500,
            aliases: 30,
            directives: 50,
            values: 20_000,
            list: 500,
            operations: 10,
            fragments: 50,
            variables: 50,
            root_fields: 10,
            root_mutations: 1,
            subscriptions: 1,
            nodes: 10_000,
        }
    }
}

/// Lists that are no connections and have pages of their own.
pub const PAGED: [(&str, PageSize); 1] = [("changes", pages::CHANGES)];

/// The field of a change of many that answers a result for each entry sent: what is asked below it counts as often.
pub const RESULTS: &str = "results";
/// The most entries of a change of many.
pub const MOST_RESULTS: u64 = 200;

/// Fields whose answer is a file, each as heavy as so many rows: four of them fill a request.
pub const PAPERS: [&str; 7] = [
    "registrationForms",
    "blankForms",
    "scoreSheetForms",
    "assessmentPaper",
    "submissionPaper",
    "decisionPaper",
    "registrationListPaper",
];
/// Rows that a file counts for.
pub const PAPER_ROWS: u64 = 2_500;

/// Fields that count rows when they are asked, each as heavy as so many rows.
pub const COUNTED: [&str; 1] = ["familyFigures"];
/// Rows that such a field counts for.
pub const COUNTED_ROWS: u64 = 20;

/// One field at the root of the operation that will run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootField {
    /// The field's name in the schema.
    pub name: String,
    /// The key of its answer: the alias if there is one.
    pub response_key: String,
    /// One-based line where it stands.
    pub line: usize,
    /// One-based column where it stands.
    pub column: usize,
}

/// A document within the limits.
#[derive(Debug, Clone)]
pub struct Inspected {
    /// The parsed text, for `Request::set_parsed_query`.
    pub document: ExecutableDocument,
    /// What the operation that will run is.
    pub kind: OperationType,
    /// Its name, if it has one.
    pub operation_name: Option<String>,
    /// Its root fields in order, through fragments, whatever `@skip` and `@include` say, repetitions included.
    pub root_fields: Vec<RootField>,
    /// Its fields with fragments put in place, introspection included.
    pub fields: u32,
    /// Rows its answer can hold.
    pub nodes: u64,
    /// What it costs; see [`points`].
    pub points: u64,
}

/// Parses and measures `query`, and finds the operation that `operation_name` chooses in it.
///
/// `variables` are those of the request: page sizes and input lists may come from there.
///
/// # Errors
/// The first [`Refusal`] that applies.
pub fn inspect(
    query: &str,
    operation_name: Option<&str>,
    variables: &Map<String, Value>,
    limits: &Limits,
) -> Result<Inspected, Refusal> {
    let document = parse(query, limits)?;
    let (name, operation) = choose(&document.operations, operation_name)?;
    let measured = Measured::of(&document, operation, variables, limits)?;
    // The engine validates the whole document, so what will not run is held to the same limits, rows aside.
    for (_, other) in document.operations.iter() {
        if !std::ptr::eq(&raw const other.node, operation) {
            weigh(&document, &other.node, variables, limits)?;
        }
    }
    Scales::new(&document, &[], variables, limits).all_fragments()?;
    check_root(operation.ty, &measured.root_fields, limits)?;
    Ok(measured.with(name, operation.ty, document))
}

/// What was measured of the operation that will run.
struct Measured {
    cost: Cost,
    root_fields: Vec<RootField>,
    points: u64,
}

impl Measured {
    fn of(
        document: &ExecutableDocument,
        operation: &OperationDefinition,
        variables: &Map<String, Value>,
        limits: &Limits,
    ) -> Result<Self, Refusal> {
        let cost = weigh(document, operation, variables, limits)?;
        check_variables(operation, variables)?;
        Self::from_cost(cost, document, operation, limits)
    }

    fn from_cost(
        cost: Cost,
        document: &ExecutableDocument,
        operation: &OperationDefinition,
        limits: &Limits,
    ) -> Result<Self, Refusal> {
        if cost.nodes > limits.nodes {
            return Err(Refusal::TooManyNodes { max: limits.nodes });
        }
        let mut root_fields = Vec::new();
        collect_root(document, &operation.selection_set.node, &mut root_fields);
        let points = points::of(operation.ty, &cost, &root_fields);
        Ok(Self {
            cost,
            root_fields,
            points,
        })
    }

    fn with(self, name: Option<String>, kind: OperationType, document: ExecutableDocument) -> Inspected {
        Inspected {
            kind,
            operation_name: name,
            root_fields: self.root_fields,
            fields: self.cost.fields.saturating_add(self.cost.introspection_fields),
            nodes: self.cost.nodes,
            points: self.points,
            document,
        }
    }
}

/// Measures the text, parses it, and counts what it defines.
fn parse(query: &str, limits: &Limits) -> Result<ExecutableDocument, Refusal> {
    if query.len() > limits.query_bytes {
        return Err(Refusal::TooLong {
            max: limits.query_bytes,
        });
    }
    tokens::count(query, limits.tokens, limits.nesting)?;
    let document = parse_query(query).map_err(|error| parse_refusal(&error, limits))?;
    if exceeds(document.operations.iter().len(), limits.operations) {
        return Err(Refusal::TooManyOperations { max: limits.operations });
    }
    if exceeds(document.fragments.len(), limits.fragments) {
        return Err(Refusal::TooManyFragments { max: limits.fragments });
    }
    Ok(document)
}

fn exceeds(count: usize, max: u32) -> bool {
    u32::try_from(count).map_or(true, |count| count > max)
}

fn parse_refusal(error: &Error, limits: &Limits) -> Refusal {
    let (line, column) = error
        .positions()
        .next()
        .map_or((1, 1), |place| (place.line, place.column));
    match error {
        Error::MissingOperation => Refusal::NoOperation,
        Error::MultipleOperations { .. } => Refusal::AnonymousNotAlone { line, column },
        Error::OperationDuplicated { .. } | Error::FragmentDuplicated { .. } => Refusal::DuplicateName { line, column },
        Error::RecursionLimitExceeded => Refusal::TooNested { max: limits.nesting },
        _ => Refusal::Syntax { line, column },
    }
}

/// The operation to run (GraphQL specification, October 2021, section 6.1, `GetOperation`).
fn choose<'a>(
    operations: &'a DocumentOperations,
    wanted: Option<&str>,
) -> Result<(Option<String>, &'a OperationDefinition), Refusal> {
    let mut all = operations.iter();
    let Some(wanted) = wanted else {
        let (name, operation) = all.next().ok_or(Refusal::NoOperation)?;
        if all.next().is_some() {
            return Err(Refusal::SeveralOperations);
        }
        return Ok((name.map(ToString::to_string), &operation.node));
    };
    all.find(|(name, _)| name.is_some_and(|name| name.as_str() == wanted))
        .map(|(_, operation)| (Some(wanted.to_owned()), &operation.node))
        .ok_or(Refusal::UnknownOperation)
}

fn weigh(
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    variables: &Map<String, Value>,
    limits: &Limits,
) -> Result<Cost, Refusal> {
    if exceeds(operation.variable_definitions.len(), limits.variables) {
        return Err(Refusal::TooManyVariables { max: limits.variables });
    }
    let cost = Scales::new(document, &operation.variable_definitions, variables, limits).operation(operation)?;
    cost.check(limits)?;
    Ok(cost)
}

/// What has to be sent is there (GraphQL specification, October 2021, section 6.1.2): the engine would notice it only where the
/// variable is used, as a fault of a field.
fn check_variables(operation: &OperationDefinition, variables: &Map<String, Value>) -> Result<(), Refusal> {
    let is_missing = |definition: &&Positioned<VariableDefinition>| {
        let is_required = !definition.node.var_type.node.nullable && definition.node.default_value.is_none();
        let given = variables.get(definition.node.name.node.as_str());
        is_required && given.is_none_or(Value::is_null)
    };
    match operation.variable_definitions.iter().find(is_missing) {
        Some(missing) => Err(Refusal::VariableMissing {
            line: missing.pos.line,
            column: missing.pos.column,
        }),
        None => Ok(()),
    }
}

/// Called only after the operation has been weighed, so the number of steps is within its limits.
fn collect_root(document: &ExecutableDocument, set: &SelectionSet, found: &mut Vec<RootField>) {
    for item in &set.items {
        match &item.node {
            Selection::Field(field) => found.push(RootField {
                name: field.node.name.node.to_string(),
                response_key: field.node.response_key().node.to_string(),
                line: field.pos.line,
                column: field.pos.column,
            }),
            Selection::InlineFragment(fragment) => collect_root(document, &fragment.node.selection_set.node, found),
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                    collect_root(document, &fragment.node.selection_set.node, found);
                }
            }
        }
    }
}

fn check_root(kind: OperationType, fields: &[RootField], limits: &Limits) -> Result<(), Refusal> {
    let mutations = fields.iter().filter(|field| field.name != "__typename").count();
    match kind {
        OperationType::Mutation if exceeds(mutations, limits.root_mutations) => Err(Refusal::TooManyRootMutations {
            max: limits.root_mutations,
        }),
        OperationType::Subscription if exceeds(fields.len(), limits.subscriptions) => {
            Err(Refusal::TooManySubscriptions {
                max: limits.subscriptions,
            })
        }
        _ if exceeds(fields.len(), limits.root_fields) => Err(Refusal::TooManyRootFields {
            max: limits.root_fields,
        }),
        _ => Ok(()),
    }
}
