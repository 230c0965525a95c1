//! The two questions one association may ask of another, and the only ones: whether a clan is at home there, and, by its
//! leave, how many families of a clan it has.
//!
//! Each question is asked as the other association, in its own lane, so that its row-level security holds as always; what
//! comes back is a yes or a number. Neither is asked inside a transaction: whoever holds a connection of one association
//! must not wait for one of another.

use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, QueryResult};

use super::backend::Lane;
use super::find::{Find, Source, owned_by};
use super::{DbError, Reach, Scope, TenantOwned};
use crate::id::{CollectiveId, TenantId};
use crate::table::{clan_grant, clan_household, collective, registration};
use crate::vocabulary::{LearningModel, RegistrationState, SubjectKind};

/// How many families of a clan an association has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountedFamilies {
    /// The association.
    pub association: TenantId,
    /// Its families of the clan.
    pub families: i32,
    /// Those that are recognised in the year.
    pub recognised: i32,
}

impl Scope {
    /// Whether a clan is at home in an association.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn is_clan(&self, home: TenantId, clan: CollectiveId) -> Result<bool, DbError> {
        if self.db.tenant(home).await?.is_none() {
            return Ok(false);
        }
        self.as_association::<collective::Entity>(home)
            .filter(collective::Column::Id.eq(clan))
            .filter(collective::Column::Kind.eq(SubjectKind::Clan))
            .exists()
            .await
    }

    /// The families that other associations let this one count for a clan of its own, in a year.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn families_elsewhere(&self, clan: CollectiveId, year: i32) -> Result<Vec<CountedFamilies>, DbError> {
        use clan_grant::Column::{ClanId, ClanTenantId, RevokedAt, TenantId as Giver};
        let grants =
            Find::<clan_grant::Entity>::new(Source::Pool(&self.db.backend, Lane::City), sea_orm::Condition::all())
                .filter(ClanTenantId.eq(self.tenant))
                .filter(ClanId.eq(clan))
                .filter(RevokedAt.is_null())
                .order_by(Giver, sea_orm::Order::Asc)
                .all()
                .await?;
        let mut counted = Vec::with_capacity(grants.len());
        for grant in grants.iter().filter(|grant| grant.tenant_id != self.tenant) {
            counted.push(self.families_in(grant.tenant_id, clan, year).await?);
        }
        Ok(counted)
    }

    /// The families of a clan of its own that this association has itself, in all of its wards.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn families_here(&self, clan: CollectiveId, year: i32) -> Result<CountedFamilies, DbError> {
        self.families_in(self.tenant, clan, year).await
    }

    async fn families_in(
        &self,
        association: TenantId,
        clan: CollectiveId,
        year: i32,
    ) -> Result<CountedFamilies, DbError> {
        use clan_household::Column::{ClanId, ClanTenantId, HouseholdId, TenantId as Owner};
        let families = self
            .as_association::<clan_household::Entity>(association)
            .filter(ClanTenantId.eq(self.tenant))
            .filter(ClanId.eq(clan))
            .grouped_by(&[ClanId])
            .await?;
        let of_clan = Query::select()
            .column(HouseholdId)
            .from(clan_household::Entity)
            .and_where(Owner.eq(association))
            .and_where(ClanTenantId.eq(self.tenant))
            .and_where(ClanId.eq(clan))
            .take();
        let recognised = self
            .as_association::<registration::Entity>(association)
            .filter(registration::Column::SubjectId.in_subquery(of_clan))
            .filter(registration::Column::Model.eq(LearningModel::LearningFamily))
            .filter(registration::Column::Year.eq(year))
            .filter(registration::Column::State.eq(RegistrationState::Recognised))
            .grouped_by(&[registration::Column::Year])
            .await?;
        Ok(CountedFamilies {
            association,
            families: count_of(&families)?,
            recognised: count_of(&recognised)?,
        })
    }

    fn as_association<E: TenantOwned>(&self, tenant: TenantId) -> Find<'_, E> {
        Find::new(
            Source::Pool(&self.db.backend, Lane::Tenant(tenant)),
            owned_by::<E>(tenant, &Reach::Tenant),
        )
    }
}

/// The count of the one group there is; 0 where there is none.
fn count_of(groups: &[QueryResult]) -> Result<i32, DbError> {
    let Some(group) = groups.first() else {
        return Ok(0);
    };
    let count: i64 = group.try_get("", "count")?;
    Ok(i32::try_from(count).unwrap_or(i32::MAX))
}
