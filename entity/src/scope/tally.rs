//! The counters' arithmetic: what a transaction changes, folded and written in one order.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use sea_orm::sea_query::{Expr, ExprTrait, InsertStatement, OnConflict, Query};
use sea_orm::{DbBackend, Iden, StatementBuilder};

use crate::id::{TenantId, UnitId};
use crate::table::{registration_count, subject_count};
use crate::vocabulary::{LearningModel, RegistrationState, SubjectKind};

/// Finest first: every transaction takes its row locks in this order, so two of them cannot wait for each other, and
/// the association's own row, which all share, is held for the shortest time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Branch,
    Ward,
    Root,
}

type Cell = (Level, UnitId, Option<UnitId>);

#[derive(Default)]
struct Deltas {
    registrations: BTreeMap<(Cell, LearningModel, i32, RegistrationState), i64>,
    subjects: BTreeMap<(Cell, SubjectKind), i64>,
}

/// What a transaction will add to the counters.
pub(super) struct Tally {
    root: Option<UnitId>,
    deltas: Mutex<Deltas>,
}

impl Tally {
    pub(super) fn new(root: Option<UnitId>) -> Self {
        Self {
            root,
            deltas: Mutex::default(),
        }
    }

    pub(super) fn registration(
        &self,
        (branch, ward): (UnitId, UnitId),
        (model, year): (LearningModel, i32),
        from: Option<RegistrationState>,
        to: RegistrationState,
    ) {
        let mut deltas = self.deltas.lock().unwrap_or_else(PoisonError::into_inner);
        for cell in self.cells(branch, ward) {
            if let Some(from) = from {
                *deltas.registrations.entry((cell, model, year, from)).or_default() -= 1;
            }
            *deltas.registrations.entry((cell, model, year, to)).or_default() += 1;
        }
    }

    /// What stands in a state here stands in the same state there.
    pub(super) fn moved_registration(
        &self,
        here: (UnitId, UnitId),
        there: (UnitId, UnitId),
        (model, year): (LearningModel, i32),
        state: RegistrationState,
    ) {
        let mut deltas = self.deltas.lock().unwrap_or_else(PoisonError::into_inner);
        for ((branch, ward), change) in [(here, -1), (there, 1)] {
            for cell in self.cells(branch, ward) {
                *deltas.registrations.entry((cell, model, year, state)).or_default() += change;
            }
        }
    }

    pub(super) fn subject(&self, (branch, ward): (UnitId, UnitId), kind: SubjectKind, change: i64) {
        let mut deltas = self.deltas.lock().unwrap_or_else(PoisonError::into_inner);
        for cell in self.cells(branch, ward) {
            *deltas.subjects.entry((cell, kind)).or_default() += change;
        }
    }

    fn cells(&self, branch: UnitId, ward: UnitId) -> impl Iterator<Item = Cell> + use<> {
        [
            Some((Level::Branch, branch, Some(ward))),
            Some((Level::Ward, ward, Some(ward))),
            self.root.map(|root| (Level::Root, root, None)),
        ]
        .into_iter()
        .flatten()
    }

    /// At most two statements, whatever the transaction did.
    pub(super) fn statements(&self, tenant: TenantId, dialect: DbBackend) -> Vec<sea_orm::Statement> {
        let deltas = self.deltas.lock().unwrap_or_else(PoisonError::into_inner);
        let mut statements = Vec::new();
        let subjects: Vec<_> = deltas.subjects.iter().filter(|(_, delta)| **delta != 0).collect();
        if !subjects.is_empty() {
            use subject_count::{Column, Entity};
            let mut insert = Query::insert();
            insert.into_table(Entity).columns([
                Column::TenantId,
                Column::UnitId,
                Column::WardId,
                Column::Kind,
                Column::Count,
            ]);
            for (((_, unit, ward), kind), delta) in subjects {
                insert.values_panic([
                    tenant.into(),
                    (*unit).into(),
                    (*ward).into(),
                    (*kind).into(),
                    (*delta).into(),
                ]);
            }
            let key = [Column::TenantId, Column::UnitId, Column::Kind];
            add_to(&mut insert, key, (Entity, Column::Count));
            statements.push(StatementBuilder::build(&insert, &dialect));
        }
        let registrations: Vec<_> = deltas.registrations.iter().filter(|(_, delta)| **delta != 0).collect();
        if !registrations.is_empty() {
            use registration_count::{Column, Entity};
            let mut insert = Query::insert();
            insert.into_table(Entity).columns([
                Column::TenantId,
                Column::UnitId,
                Column::WardId,
                Column::Model,
                Column::Year,
                Column::State,
                Column::Count,
            ]);
            for (((_, unit, ward), model, year, state), delta) in registrations {
                insert.values_panic([
                    tenant.into(),
                    (*unit).into(),
                    (*ward).into(),
                    (*model).into(),
                    (*year).into(),
                    (*state).into(),
                    (*delta).into(),
                ]);
            }
            add_to(
                &mut insert,
                [
                    Column::TenantId,
                    Column::UnitId,
                    Column::Model,
                    Column::Year,
                    Column::State,
                ],
                (Entity, Column::Count),
            );
            statements.push(StatementBuilder::build(&insert, &dialect));
        }
        statements
    }
}

/// Adds to the counter where the row is there already.
fn add_to<T: Iden + Copy + 'static, C: Iden + Copy + 'static, const N: usize>(
    insert: &mut InsertStatement,
    key: [C; N],
    (table, count): (T, C),
) {
    let sum = Expr::col((table, count)).add(Expr::col((sea_orm::sea_query::Alias::new("excluded"), count)));
    insert.on_conflict(OnConflict::columns(key).value(count, sum).to_owned());
}
