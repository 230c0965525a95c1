//! What every paper is made at: the viewer's scopes in one association, and the facts that several papers share.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::Context;
use chrono::NaiveDate;
use entity::id::{RegistrationId, TenantId, UnitId};
use entity::scope::{Reach, Scope};
use entity::table::{criteria_set, registration, score_sheet};
use entity::value::Points;
use entity::vocabulary::{LearningModel, Role};

use super::store::{self, Names};
use super::subject::{Subject, subjects_of};
use crate::access::{Access, Permission};
use crate::app::App;
use crate::clock::hanoi_date;
use crate::criteria::{Published, Want, sets_applying};
use crate::error::{Error, Result};
use crate::paper::issued_by;
use crate::post::{names_of, posts_of_units};
use crate::programme::city_of;
use crate::score::SheetRow;

/// The scopes of a viewer in one association.
pub(super) struct Desk {
    pub app: Arc<App>,
    /// Where registrations and all that hangs on them are read.
    pub scope: Scope,
    /// Where families are read.
    people: Scope,
    /// Where posts are read; a family reads none.
    posts: Option<Scope>,
    /// The day in Hanoi.
    pub today: NaiveDate,
}

/// What the last sheet that was signed says of a registration: the ward's before the branch's before its own.
#[derive(Clone)]
pub(super) struct Marked {
    pub total: Points,
    pub passes: bool,
    /// In Vietnamese.
    pub rank: Option<String>,
    pub sample: bool,
    /// The document the criteria come from.
    pub criteria: String,
}

impl Marked {
    /// What a sheet says.
    pub(super) fn of((row, published): &SheetRow) -> Self {
        let set = &published.set;
        let reached = set.ranks.iter().find(|rank| Some(&rank.code) == row.rank.as_ref());
        Self {
            total: Points::from_hundredths(row.total),
            passes: row.passes,
            rank: reached.map(|rank| rank.title.vi.clone()),
            sample: set.sample,
            criteria: issued_by(&set.decision),
        }
    }
}

/// The sheet that counts among those of a registration.
fn last(sheets: &[SheetRow]) -> Option<&SheetRow> {
    let signed = sheets.iter().filter(|(row, _)| row.signed_at.is_some());
    signed.max_by_key(|(row, _)| (row.kind, row.round))
}

impl Desk {
    /// The viewer's scopes in an association.
    ///
    /// # Errors
    /// FORBIDDEN, NOT_FOUND.
    pub(super) fn at(ctx: &Context<'_>, tenant: TenantId) -> Result<Self> {
        Ok(Self {
            app: Arc::clone(ctx.app()),
            scope: ctx.scope_in(Permission::RegistrationRead, tenant)?,
            people: ctx.scope_in(Permission::HouseholdRead, tenant)?,
            posts: ctx.scope_in(Permission::PostRead, tenant).ok(),
            today: hanoi_date(ctx.request().now),
        })
    }

    /// Whether the scope sees all of a ward, so that a list of it is the whole list.
    pub(super) fn sees_ward(&self, ward: UnitId) -> Result<()> {
        self.sees(ward, None)
    }

    /// Whether the scope sees all of a branch.
    pub(super) fn sees_branch(&self, ward: UnitId, branch: UnitId) -> Result<()> {
        self.sees(ward, Some(branch))
    }

    /// By where the paper was made, not by the tree of today: an old paper stays its ward's.
    fn sees(&self, ward: UnitId, branch: Option<UnitId>) -> Result<()> {
        let sees = match *self.scope.reach() {
            Reach::Tenant => true,
            Reach::Ward(own) => own == ward,
            Reach::Branch(own) => branch == Some(own),
            Reach::Own(_) => false,
        };
        if sees { Ok(()) } else { Err(Error::NotFound) }
    }

    /// Whose registrations they are.
    ///
    /// # Errors
    /// What the database answers.
    pub(super) async fn subjects(
        &self,
        rows: &[registration::Model],
        with_people: bool,
    ) -> Result<HashMap<RegistrationId, Subject>> {
        subjects_of(&self.people, rows, with_people).await
    }

    /// Units as they were called on a day, with those right above them.
    ///
    /// # Errors
    /// What the database answers.
    pub(super) async fn names(&self, units: impl Iterator<Item = UnitId>, day: NaiveDate) -> Result<Names> {
        Names::read(&self.scope, units, day).await
    }

    /// What the last signed sheets say; no entry where none is signed.
    ///
    /// # Errors
    /// What the database answers.
    pub(super) async fn marked(
        &self,
        registrations: impl Iterator<Item = RegistrationId>,
    ) -> Result<HashMap<RegistrationId, Marked>> {
        let sheets = store::sheets(&self.app, &self.scope, registrations).await?;
        let mark = |(id, sheets): (RegistrationId, Vec<SheetRow>)| Some((id, Marked::of(last(&sheets)?)));
        Ok(sheets.into_iter().filter_map(mark).collect())
    }

    /// The sets that apply, as far as the city has published any.
    ///
    /// # Errors
    /// What the database answers.
    pub(super) async fn sets(&self, wants: &[Want]) -> Result<HashMap<Want, Arc<Published>>> {
        let city = city_of(&self.scope).await?;
        let find = self.scope.find_shared::<criteria_set::Entity>();
        sets_applying(&self.app, find, city, wants).await
    }

    /// The set of a title and year, where nothing more is known of a subject.
    ///
    /// # Errors
    /// What the database answers.
    pub(super) async fn set_of(&self, (model, year): (LearningModel, i32)) -> Result<Option<Arc<Published>>> {
        let want = Want {
            model,
            variant: None,
            year,
        };
        Ok(self.sets(&[want]).await?.remove(&want))
    }

    /// Who heads units by a post in force: a branch's head, a ward's officer. No entry where nobody does, where several do
    /// and so it is not known who signs, and where the viewer does not see posts.
    ///
    /// # Errors
    /// What the database answers.
    pub(super) async fn heads(&self, units: &[UnitId]) -> Result<HashMap<UnitId, String>> {
        let Some(scope) = &self.posts else {
            return Ok(HashMap::new());
        };
        let mut heads = HashMap::new();
        for (unit, held) in posts_of_units(scope, units).await? {
            let heading = |role| matches!(role, Role::BranchHead | Role::WardOfficer);
            let mut heading = held.into_iter().filter(|held| heading(held.post.role));
            if let (Some(head), None) = (heading.next(), heading.next()) {
                heads.insert(unit, head);
            }
        }
        let unnamed = heads.values().filter(|head| head.given_name.is_none());
        let accounts: Vec<_> = unnamed.map(|head| head.post.account_id).collect();
        let names = if accounts.is_empty() {
            HashMap::new()
        } else {
            names_of(&self.app, &accounts).await?
        };
        let named = |(unit, head): (UnitId, crate::post::HeldRow)| {
            let name = head.given_name.or_else(|| names.get(&head.post.account_id).cloned())?;
            Some((unit, name))
        };
        Ok(heads.into_iter().filter_map(named).collect())
    }
}

/// The day a sheet was signed.
pub(super) fn signed_on(row: &score_sheet::Model) -> Option<NaiveDate> {
    row.signed_at.map(hanoi_date)
}
