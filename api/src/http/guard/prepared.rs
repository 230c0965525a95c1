//! Documents that are kept: what does not depend on variables is judged once.

use async_graphql::parser::types::ExecutableDocument;
use serde_json::{Map, Value};

use super::cost::Scales;
use super::{Inspected, Limits, Measured, Refusal, check_root, choose, collect_root, parse, weigh};

/// A document that is kept: parsed, and within all limits that do not depend on variables.
#[derive(Debug)]
pub struct Prepared {
    document: ExecutableDocument,
}

impl Prepared {
    /// Parses and measures a document with all its operations.
    ///
    /// # Errors
    /// The first [`Refusal`] that applies.
    pub fn read(query: &str, limits: &Limits) -> Result<Self, Refusal> {
        let document = parse(query, limits)?;
        for (_, operation) in document.operations.iter() {
            weigh(&document, &operation.node, &Map::new(), limits)?;
            let mut root_fields = Vec::new();
            collect_root(&document, &operation.node.selection_set.node, &mut root_fields);
            check_root(operation.node.ty, &root_fields, limits)?;
        }
        Scales::new(&document, &[], &Map::new(), limits).all_fragments()?;
        Ok(Self { document })
    }

    /// Measures what depends on the variables of one request, and finds the operation that `operation_name` chooses.
    ///
    /// # Errors
    /// The first [`Refusal`] that applies.
    pub fn inspect(
        &self,
        operation_name: Option<&str>,
        variables: &Map<String, Value>,
        limits: &Limits,
    ) -> Result<Inspected, Refusal> {
        let (name, operation) = choose(&self.document.operations, operation_name)?;
        let measured = Measured::of(&self.document, operation, variables, limits)?;
        Ok(measured.with(name, operation.ty, self.document.clone()))
    }

    /// The most that any of its operations costs, with pages as large as any may be where a variable says how large.
    /// Lists that are sent come on top.
    ///
    /// # Errors
    /// [`Refusal::TooManyNodes`]: such pages inside one another hold too many rows.
    pub fn worst(&self, limits: &Limits) -> Result<u64, Refusal> {
        let mut most = 0;
        for (_, operation) in self.document.operations.iter() {
            let none = Map::new();
            let scales = Scales::new(&self.document, &operation.node.variable_definitions, &none, limits);
            let cost = scales.at_worst().operation(&operation.node)?;
            let measured = Measured::from_cost(cost, &self.document, &operation.node, limits)?;
            most = most.max(measured.points);
        }
        Ok(most)
    }

    /// The parsed text.
    pub fn document(&self) -> &ExecutableDocument {
        &self.document
    }

    /// The names of its operations, in alphabetical order; `anonymous` where there is none.
    pub fn operations(&self) -> Vec<&str> {
        let names = self.document.operations.iter();
        let mut names: Vec<&str> = names
            .map(|(name, _)| name.map_or("anonymous", |name| name.as_str()))
            .collect();
        names.sort_unstable();
        names
    }
}
