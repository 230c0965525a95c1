//! Proof that the counters tell the truth: a full count beside them, at one moment.

use std::collections::BTreeMap;

use sea_orm::EntityTrait;

use super::backend::{Lane, Transaction};
use super::find::{Find, Source, owned_by};
use super::{Db, DbError, Reach, TenantOwned};
use crate::id::{TenantId, UnitId};
use crate::table::{citizen, collective, household, registration, registration_count, subject_count};
use crate::vocabulary::SubjectKind;

/// A counter that does not say what a full count says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    /// The association.
    pub tenant: TenantId,
    /// The unit whose counter is wrong.
    pub unit: UnitId,
    /// What is counted: `HOUSEHOLD`, or `LEARNING_FAMILY 2026 APPROVED`.
    pub what: String,
    /// What the counter says.
    pub counter: i64,
    /// What the full count says.
    pub counted: i64,
}

type Cells = BTreeMap<(UnitId, String), i64>;

impl Db {
    /// Every counter of an association that differs from a full count; empty when all is well.
    ///
    /// Reads everything at one moment, so it may run beside a working server.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn recount(&self, tenant: TenantId) -> Result<Vec<Drift>, DbError> {
        let root = self.tenant(tenant).await?.map(|row| row.root_unit_id);
        let moment = self.backend.snapshot(Lane::Tenant(tenant)).await?;
        let counted = self.counted(tenant, root, &moment).await?;
        let counters = self.counters(tenant, &moment).await?;
        let keys: std::collections::BTreeSet<_> = counted.keys().chain(counters.keys()).cloned().collect();
        Ok(keys
            .into_iter()
            .filter_map(|key| {
                let counter = counters.get(&key).copied().unwrap_or(0);
                let counted = counted.get(&key).copied().unwrap_or(0);
                (counter != counted).then_some(Drift {
                    tenant,
                    unit: key.0,
                    what: key.1,
                    counter,
                    counted,
                })
            })
            .collect())
    }

    async fn counted(&self, tenant: TenantId, root: Option<UnitId>, moment: &Transaction) -> Result<Cells, DbError> {
        let mut cells = Cells::new();
        let mut add = |branch: UnitId, ward: UnitId, what: &str, count: i64| {
            for unit in [Some(branch), Some(ward), root].into_iter().flatten() {
                *cells.entry((unit, what.to_owned())).or_default() += count;
            }
        };
        {
            use household::Column::{BranchId, WardId};
            let rows = whole::<household::Entity>(tenant, moment)
                .grouped_by(&[BranchId, WardId])
                .await?;
            for row in rows {
                add(
                    row.try_get("", "branch_id")?,
                    row.try_get("", "ward_id")?,
                    SubjectKind::Household.as_str(),
                    row.try_get("", "count")?,
                );
            }
        }
        {
            use collective::Column::{BranchId, Kind, WardId};
            let rows = whole::<collective::Entity>(tenant, moment)
                .grouped_by(&[BranchId, WardId, Kind])
                .await?;
            for row in rows {
                add(
                    row.try_get("", "branch_id")?,
                    row.try_get("", "ward_id")?,
                    &row.try_get::<String>("", "kind")?,
                    row.try_get("", "count")?,
                );
            }
        }
        {
            use citizen::Column::{BranchId, WardId};
            let rows = whole::<citizen::Entity>(tenant, moment)
                .grouped_by(&[BranchId, WardId])
                .await?;
            for row in rows {
                add(
                    row.try_get("", "branch_id")?,
                    row.try_get("", "ward_id")?,
                    SubjectKind::Citizen.as_str(),
                    row.try_get("", "count")?,
                );
            }
        }
        use registration::Column::{BranchId, Model, State, WardId, Year};
        let rows = whole::<registration::Entity>(tenant, moment)
            .grouped_by(&[BranchId, WardId, Model, Year, State])
            .await?;
        for row in rows {
            let what = cell_name(
                &row.try_get::<String>("", "model")?,
                row.try_get("", "year")?,
                &row.try_get::<String>("", "state")?,
            );
            add(
                row.try_get("", "branch_id")?,
                row.try_get("", "ward_id")?,
                &what,
                row.try_get("", "count")?,
            );
        }
        Ok(cells)
    }

    async fn counters(&self, tenant: TenantId, moment: &Transaction) -> Result<Cells, DbError> {
        let subjects = whole::<subject_count::Entity>(tenant, moment).all().await?;
        let registrations = whole::<registration_count::Entity>(tenant, moment).all().await?;
        let subjects = subjects
            .into_iter()
            .map(|row| ((row.unit_id, row.kind.as_str().to_owned()), row.count));
        let registrations = registrations.into_iter().map(|row| {
            (
                (row.unit_id, cell_name(row.model.as_str(), row.year, row.state.as_str())),
                row.count,
            )
        });
        Ok(subjects.chain(registrations).collect())
    }
}

fn whole<E: TenantOwned + EntityTrait>(tenant: TenantId, moment: &Transaction) -> Find<'_, E> {
    Find::new(Source::Transaction(moment), owned_by::<E>(tenant, &Reach::Tenant))
}

fn cell_name(model: &str, year: i32, state: &str) -> String {
    format!("{model} {year} {state}")
}
