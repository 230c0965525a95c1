//! What a document costs, with each fragment weighed once.
//!
//! A fragment's cost does not depend on where it is spread, so it is kept after the first visit and added at each
//! later spread. Sums saturate: a document that would expand to 10^10 fields ends at the type's maximum, not at a small
//! number.

use std::collections::{BTreeSet, HashMap};
use std::convert::Infallible;

use async_graphql::parser::Positioned;
use async_graphql::parser::types::{
    Directive, ExecutableDocument, Field, OperationDefinition, OperationType, Selection, SelectionSet,
    VariableDefinition,
};
use async_graphql::{Name, Value as Constant};
use serde_json::{Map, Value};

use super::{COUNTED, COUNTED_ROWS, Limits, MOST_RESULTS, PAGED, PAPER_ROWS, PAPERS, RESULTS, Refusal};
use crate::page::CONNECTION;

/// Cost of a part of a document, fragments put in place.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cost {
    pub(super) fields: u32,
    pub(super) introspection_fields: u32,
    pub(super) nodes: u64,
    depth: u32,
    introspection_depth: u32,
    /// Selection sets inside one another.
    levels: usize,
    /// Introspection's list fields inside one another, here and under `__schema`.
    lists: u32,
    introspection_lists: u32,
    spreads: u32,
    aliases: u32,
    directives: u32,
    values: u32,
    /// Entries of all lists among those values.
    pub(super) items: u32,
    /// Entries of the longest of them.
    longest: u32,
    /// Has `edges` or `nodes` on its own level: the parent is a connection.
    connection: bool,
}

impl Cost {
    /// Both parts side by side.
    fn beside(self, other: Self) -> Self {
        Self {
            fields: self.fields.saturating_add(other.fields),
            introspection_fields: self.introspection_fields.saturating_add(other.introspection_fields),
            nodes: self.nodes.saturating_add(other.nodes),
            depth: self.depth.max(other.depth),
            introspection_depth: self.introspection_depth.max(other.introspection_depth),
            levels: self.levels.max(other.levels),
            lists: self.lists.max(other.lists),
            introspection_lists: self.introspection_lists.max(other.introspection_lists),
            spreads: self.spreads.saturating_add(other.spreads),
            aliases: self.aliases.saturating_add(other.aliases),
            directives: self.directives.saturating_add(other.directives),
            values: self.values.saturating_add(other.values),
            items: self.items.saturating_add(other.items),
            longest: self.longest.max(other.longest),
            connection: self.connection || other.connection,
        }
    }

    /// Counts what an argument holds.
    fn hold(&mut self, size: Size) {
        self.values = self.values.saturating_add(size.values);
        self.items = self.items.saturating_add(size.items);
        self.longest = self.longest.max(size.longest);
    }

    /// Every limit on an operation but that on rows.
    pub(super) fn check(&self, limits: &Limits) -> Result<(), Refusal> {
        if self.fields > limits.fields {
            return Err(Refusal::TooManyFields { max: limits.fields });
        }
        if self.introspection_fields > limits.introspection_fields {
            return Err(Refusal::TooManyFields {
                max: limits.introspection_fields,
            });
        }
        if self.spreads > limits.spreads {
            return Err(Refusal::TooManySpreads { max: limits.spreads });
        }
        if self.aliases > limits.aliases {
            return Err(Refusal::TooManyAliases { max: limits.aliases });
        }
        if self.directives > limits.directives {
            return Err(Refusal::TooManyDirectives { max: limits.directives });
        }
        if self.values > limits.values {
            return Err(Refusal::TooManyValues { max: limits.values });
        }
        if self.longest > limits.list {
            return Err(Refusal::ListTooLong { max: limits.list });
        }
        if self.depth > limits.depth {
            return Err(Refusal::TooDeep { max: limits.depth });
        }
        if self.introspection_depth > limits.introspection_depth {
            return Err(Refusal::TooDeep {
                max: limits.introspection_depth,
            });
        }
        if self.introspection_lists > limits.introspection_lists {
            return Err(Refusal::IntrospectionTooWide {
                max: limits.introspection_lists,
            });
        }
        Ok(())
    }
}

/// Weighs one operation. Costs kept for fragments hold for that operation only: a page size may come from a variable
/// whose default is the operation's.
pub(super) struct Scales<'a> {
    document: &'a ExecutableDocument,
    definitions: &'a [Positioned<VariableDefinition>],
    variables: &'a Map<String, Value>,
    limits: &'a Limits,
    /// `None` while the fragment is being weighed.
    fragments: HashMap<&'a str, Option<Cost>>,
    /// What is inside each variable used so far.
    sizes: HashMap<String, Size>,
    /// Whether a page whose size is a variable counts as large as it may be, because the variables are not known.
    at_worst: bool,
    /// How many results a change of many answers: one for each entry of the list that is sent.
    results: u64,
}

impl<'a> Scales<'a> {
    pub(super) fn new(
        document: &'a ExecutableDocument,
        definitions: &'a [Positioned<VariableDefinition>],
        variables: &'a Map<String, Value>,
        limits: &'a Limits,
    ) -> Self {
        Self {
            document,
            definitions,
            variables,
            limits,
            fragments: HashMap::new(),
            sizes: HashMap::new(),
            at_worst: false,
            results: 1,
        }
    }

    /// For pages as large as any may be where a variable says how large: whatever is sent later costs no more.
    pub(super) fn at_worst(mut self) -> Self {
        self.at_worst = true;
        self.results = MOST_RESULTS;
        self
    }

    pub(super) fn operation(&mut self, operation: &'a OperationDefinition) -> Result<Cost, Refusal> {
        let cost = self.once(operation)?;
        let sent = u64::from(cost.longest);
        if operation.ty != OperationType::Mutation || sent <= self.results {
            return Ok(cost);
        }
        // what is asked of a result is asked of as many as are sent, which is known only now
        self.results = sent;
        self.fragments.clear();
        self.once(operation)
    }

    fn once(&mut self, operation: &'a OperationDefinition) -> Result<Cost, Refusal> {
        let mut cost = self.annotations(&operation.directives, None);
        for definition in &operation.variable_definitions {
            cost = cost.beside(self.annotations(&definition.node.directives, None));
        }
        Ok(cost.beside(self.selection_set(&operation.selection_set.node, 1)?))
    }

    /// Weighs every fragment of the document, used or not, by the wider of the limits for fields: a fragment may be
    /// meant for introspection.
    pub(super) fn all_fragments(&mut self) -> Result<(), Refusal> {
        let mut wide = self.limits.clone();
        wide.fields = wide.fields.max(wide.introspection_fields);
        wide.depth = wide.depth.max(wide.introspection_depth);
        // In order of their names, so that one document always gets one answer.
        let names: BTreeSet<&str> = self.document.fragments.keys().map(Name::as_str).collect();
        for name in names {
            self.fragment(name, 0)?.check(&wide)?;
        }
        Ok(())
    }

    fn selection_set(&mut self, set: &'a SelectionSet, level: usize) -> Result<Cost, Refusal> {
        if level > self.limits.levels {
            return Err(Refusal::TooNested {
                max: self.limits.levels,
            });
        }
        let mut cost = Cost::default();
        for item in &set.items {
            cost = cost.beside(match &item.node {
                Selection::Field(field) => self.field(&field.node, level)?,
                Selection::InlineFragment(fragment) => Cost {
                    spreads: 1,
                    ..Cost::default()
                }
                .beside(self.annotations(&fragment.node.directives, None))
                .beside(self.selection_set(&fragment.node.selection_set.node, level + 1)?),
                Selection::FragmentSpread(spread) => Cost {
                    spreads: 1,
                    ..Cost::default()
                }
                .beside(self.annotations(&spread.node.directives, None))
                .beside(self.fragment(&spread.node.fragment_name.node, level)?),
            });
        }
        cost.levels += 1;
        Ok(cost)
    }

    /// `level` is that of the selection set that spreads the fragment. An unknown name costs nothing here.
    fn fragment(&mut self, name: &str, level: usize) -> Result<Cost, Refusal> {
        match self.fragments.get(name) {
            Some(Some(cost)) if level + cost.levels > self.limits.levels => {
                return Err(Refusal::TooNested {
                    max: self.limits.levels,
                });
            }
            Some(Some(cost)) => return Ok(*cost),
            Some(None) => return Err(Refusal::FragmentCycle),
            None => {}
        }
        let document = self.document;
        let Some((name, definition)) = document.fragments.get_key_value(name) else {
            return Ok(Cost::default());
        };
        self.fragments.insert(name.as_str(), None);
        let cost = self
            .annotations(&definition.node.directives, None)
            .beside(self.selection_set(&definition.node.selection_set.node, level + 1)?);
        self.fragments.insert(name.as_str(), Some(cost));
        Ok(cost)
    }

    fn field(&mut self, field: &'a Field, level: usize) -> Result<Cost, Refusal> {
        let name = field.name.node.as_str();
        let own = Cost {
            aliases: u32::from(field.alias.is_some()),
            ..self.annotations(&field.directives, Some(field))
        };
        let mut cost = if field.selection_set.node.items.is_empty() {
            Cost::default()
        } else {
            self.selection_set(&field.selection_set.node, level + 1)?
        };
        if let Some(page) = self.page(field, cost.connection) {
            cost.nodes = page.saturating_mul(cost.nodes.saturating_add(1));
        }
        if name == RESULTS {
            cost.nodes = cost.nodes.saturating_mul(self.results);
        }
        if PAPERS.contains(&name) {
            cost.nodes = cost.nodes.saturating_add(PAPER_ROWS);
        }
        if COUNTED.contains(&name) {
            cost.nodes = cost.nodes.saturating_add(COUNTED_ROWS);
        }
        if matches!(name, "fields" | "interfaces" | "possibleTypes" | "inputFields") {
            cost.lists = cost.lists.saturating_add(1);
        }
        if matches!(name, "__schema" | "__type") {
            cost.introspection_fields = cost.introspection_fields.saturating_add(cost.fields).saturating_add(1);
            cost.introspection_depth = cost.introspection_depth.max(cost.depth).saturating_add(1);
            cost.introspection_lists = cost.introspection_lists.max(cost.lists);
            (cost.fields, cost.depth, cost.lists) = (0, 0, 0);
        } else {
            cost.fields = cost.fields.saturating_add(1);
            cost.depth = cost.depth.saturating_add(1);
        }
        cost.connection = matches!(name, "edges" | "nodes");
        Ok(cost.beside(own))
    }

    /// Rows of one page of `field`, or nothing when it is not a list of pages. A size that cannot be read (a missing
    /// variable, a negative number) counts as the default page: the resolver will refuse it or use its default.
    fn page(&self, field: &Field, connection: bool) -> Option<u64> {
        let name = field.name.node.as_str();
        let own = PAGED.iter().find(|(paged, _)| *paged == name);
        let size = own.map_or(CONNECTION, |(_, size)| *size);
        let (unsaid, most) = (u64::from(size.unsaid), u64::from(size.most));
        let mut asked = None;
        for name in ["first", "last"] {
            if let Some(argument) = field.get_argument(name) {
                let size = argument
                    .node
                    .clone()
                    .into_const_with(|variable| Ok::<_, Infallible>(self.given(&variable, most)));
                asked = asked.max(Some(match size {
                    Ok(Constant::Number(number)) => number.as_u64().unwrap_or(unsaid),
                    _ => unsaid,
                }));
            }
        }
        asked.or((connection || own.is_some()).then_some(unsaid))
    }

    /// The whole number in a variable or in its default, null for anything else; `most` where variables are not known.
    fn given(&self, variable: &str, most: u64) -> Constant {
        if self.at_worst {
            return Constant::from(most);
        }
        match (self.variables.get(variable), self.default(variable)) {
            (Some(given), _) => given.as_u64().map_or(Constant::Null, Constant::from),
            (None, Some(constant)) => constant.clone(),
            (None, None) => Constant::Null,
        }
    }

    fn default(&self, variable: &str) -> Option<&'a Constant> {
        let definition = self
            .definitions
            .iter()
            .find(|known| known.node.name.node.as_str() == variable)?;
        definition.node.default_value.as_ref().map(|value| &value.node)
    }

    /// Directives with the values in their arguments, and those of the field they stand on.
    fn annotations(&mut self, directives: &[Positioned<Directive>], field: Option<&Field>) -> Cost {
        let mut cost = Cost {
            directives: u32::try_from(directives.len()).unwrap_or(u32::MAX),
            ..Cost::default()
        };
        let on_directives = directives.iter().flat_map(|directive| &directive.node.arguments);
        let on_field = field.into_iter().flat_map(|field| &field.arguments);
        for (_, value) in on_directives.chain(on_field) {
            let Ok(constant) = value.node.clone().into_const_with(|variable| {
                cost.hold(self.variable_size(&variable));
                Ok::<_, Infallible>(Constant::Null)
            });
            cost.hold(constant_size(&constant));
        }
        cost
    }

    fn variable_size(&mut self, name: &str) -> Size {
        if let Some(size) = self.sizes.get(name) {
            return *size;
        }
        let size = match (self.variables.get(name), self.default(name)) {
            (Some(given), _) => size_of(given),
            (None, Some(constant)) => constant_size(constant),
            (None, None) => Size::ONE,
        };
        self.sizes.insert(name.to_owned(), size);
        size
    }
}

/// What a value holds: values, itself among them; entries of lists; entries of the longest list.
#[derive(Debug, Clone, Copy)]
struct Size {
    values: u32,
    items: u32,
    longest: u32,
}

impl Size {
    const ONE: Self = Self {
        values: 1,
        items: 0,
        longest: 0,
    };

    /// This one with another inside.
    fn around(self, inner: Self) -> Self {
        Self {
            values: self.values.saturating_add(inner.values),
            items: self.items.saturating_add(inner.items),
            longest: self.longest.max(inner.longest),
        }
    }

    /// A list of so many entries, before they are looked into.
    fn list(entries: usize) -> Self {
        let entries = u32::try_from(entries).unwrap_or(u32::MAX);
        Self {
            values: 1,
            items: entries,
            longest: entries,
        }
    }
}

/// The size of JSON; the JSON reader stops at 128 levels, so recursion is safe.
fn size_of(value: &Value) -> Size {
    match value {
        Value::Array(items) => {
            let list = Size::list(items.len());
            items.iter().fold(list, |sum, item| sum.around(size_of(item)))
        }
        Value::Object(fields) => fields.values().fold(Size::ONE, |sum, item| sum.around(size_of(item))),
        _ => Size::ONE,
    }
}

/// The size of an argument; its nesting is within [`Limits::nesting`], so recursion is safe.
fn constant_size(value: &Constant) -> Size {
    match value {
        Constant::List(items) => {
            let list = Size::list(items.len());
            items.iter().fold(list, |sum, item| sum.around(constant_size(item)))
        }
        Constant::Object(fields) => fields
            .values()
            .fold(Size::ONE, |sum, item| sum.around(constant_size(item))),
        _ => Size::ONE,
    }
}
