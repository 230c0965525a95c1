//! Rows by id, many at once: what keeps a list of fifty from asking the database fifty times.
//!
//! A loader belongs to one scope or view and lives as long as one request, so nothing read for one viewer can reach
//! another.

use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use async_graphql::dataloader::{DataLoader, Loader};
use entity::id::{
    AccountId, AssessmentId, CitizenId, CollectiveId, DecisionId, HouseholdId, RegistrationId, SubjectId, SubmissionId,
    TenantId, UnitId,
};
use entity::scope::{Reach, Scope, View};
use entity::table::{
    assessment_item, certificate, citizen, collective, criteria_set, decision, evidence, household, household_member,
    registration, registration_event, submission,
};
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc::{self, UnboundedSender};

use crate::access::Permission;
use crate::app::App;
use crate::assessment::{Assessed, assessments_of, items_of};
use crate::certificate::certificates_of;
use crate::citizen::citizens_by_id;
use crate::collective::collectives_by_id;
use crate::criteria::{Published, Want, sets_applying};
use crate::error::Error;
use crate::evidence::evidence_of;
use crate::household::{households_by_id, members_of};
use crate::post::{HeldRow, names_of, posts_of_units};
use crate::programme::city_of;
use crate::recognition::{decisions_by_id, submissions_by_id};
use crate::registration::{
    StandingOn, TitleYear, histories_of, journals_of, registrations_by_id, registrations_of, standing_on,
};
use crate::score::{SheetRow, sheets_of};
use crate::unit::{Below, UnitRow, children_of, roots_above, units_seen};

/// The loaders of one request, and where their batches are put to be run.
pub struct Loaders {
    rows: Mutex<HashMap<(Permission, TenantId), RowLoader>>,
    units: Mutex<Vec<(Sight, UnitLoader)>>,
    names: Mutex<Option<Arc<DataLoader<Names>>>>,
    batches: UnboundedSender<BoxFuture<'static, ()>>,
}

type RowLoader = Arc<DataLoader<Rows>>;
type UnitLoader = Arc<DataLoader<Units>>;

/// What a view sees: views that see the same share a loader.
#[derive(PartialEq, Eq)]
enum Sight {
    Association(TenantId, Reach),
    City,
}

impl Loaders {
    /// The loader of a scope; the same one for the same permission and tenant.
    pub fn for_scope(&self, app: &Arc<App>, permission: Permission, scope: Scope) -> Arc<DataLoader<Rows>> {
        let mut known = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        let loader = known
            .entry((permission, scope.tenant()))
            .or_insert_with(|| self.loader(Rows(scope, Arc::clone(app))));
        Arc::clone(loader)
    }

    /// The loader of units as a view sees them. The city's is the same one for all associations, so that thirty
    /// districts are one batch.
    pub fn for_view(&self, view: &View) -> Arc<DataLoader<Units>> {
        let sight = match view {
            View::Tenant(scope) => Sight::Association(scope.tenant(), *scope.reach()),
            View::City(..) => Sight::City,
        };
        let mut known = self.units.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, loader)) = known.iter().find(|(of, _)| *of == sight) {
            return Arc::clone(loader);
        }
        let loader = self.loader(Units(view.turned_to(None)));
        known.push((sight, Arc::clone(&loader)));
        loader
    }

    /// The loader of people's names.
    pub fn for_names(&self, app: &Arc<App>) -> Arc<DataLoader<Names>> {
        let mut known = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let loader = known.get_or_insert_with(|| self.loader(Names(Arc::clone(app))));
        Arc::clone(loader)
    }

    fn loader<T: Send + Sync + 'static>(&self, of: T) -> Arc<DataLoader<T>> {
        let batches = self.batches.clone();
        // a batch that cannot be put is of a request that has gone
        let spawn = move |batch| drop(batches.send(batch));
        Arc::new(DataLoader::new(of, spawn).delay(Duration::ZERO))
    }
}

/// Runs an operation together with the batches its loaders put: batches go on only when the operation waits, so all
/// that one list asks for goes out together, on however many threads the server runs.
pub async fn with_loaders<T, F: Future<Output = T>>(operation: impl FnOnce(Loaders) -> F) -> T {
    let (sender, mut batches) = mpsc::unbounded_channel();
    let operation = operation(Loaders {
        rows: Mutex::default(),
        units: Mutex::default(),
        names: Mutex::default(),
        batches: sender,
    });
    let mut operation = std::pin::pin!(operation);
    let mut running = FuturesUnordered::new();
    poll_fn(|context| {
        if let Poll::Ready(answer) = operation.as_mut().poll(context) {
            return Poll::Ready(answer);
        }
        while let Poll::Ready(Some(batch)) = batches.poll_recv(context) {
            running.push(batch);
        }
        while let Poll::Ready(Some(())) = running.poll_next_unpin(context) {}
        Poll::Pending
    })
    .await
}

/// Rows by id inside one scope.
pub struct Rows(Scope, Arc<App>);

/// Why a batch could not be read; all fields that wait for it share it.
#[derive(Debug, Clone)]
pub struct Shared(pub Arc<Error>);

impl std::fmt::Display for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl From<Error> for Shared {
    fn from(error: Error) -> Self {
        Self(Arc::new(error))
    }
}

impl Loader<HouseholdId> for Rows {
    type Value = household::Model;
    type Error = Shared;

    async fn load(&self, keys: &[HouseholdId]) -> Result<HashMap<HouseholdId, household::Model>, Shared> {
        households_by_id(&self.0, keys).await.map_err(Shared::from)
    }
}

/// The members of a household.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MembersOf(pub HouseholdId);

impl Loader<MembersOf> for Rows {
    type Value = Vec<household_member::Model>;
    type Error = Shared;

    async fn load(&self, keys: &[MembersOf]) -> Result<HashMap<MembersOf, Vec<household_member::Model>>, Shared> {
        let ids: Vec<HouseholdId> = keys.iter().map(|key| key.0).collect();
        let members = members_of(&self.0, &ids).await.map_err(Shared::from)?;
        Ok(members.into_iter().map(|(id, rows)| (MembersOf(id), rows)).collect())
    }
}

/// The registrations of a subject, newest year first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RegistrationsOf(pub SubjectId);

impl Loader<CollectiveId> for Rows {
    type Value = collective::Model;
    type Error = Shared;

    async fn load(&self, keys: &[CollectiveId]) -> Result<HashMap<CollectiveId, collective::Model>, Shared> {
        collectives_by_id(&self.0, keys).await.map_err(Shared::from)
    }
}

impl Loader<CitizenId> for Rows {
    type Value = citizen::Model;
    type Error = Shared;

    async fn load(&self, keys: &[CitizenId]) -> Result<HashMap<CitizenId, citizen::Model>, Shared> {
        citizens_by_id(&self.0, keys).await.map_err(Shared::from)
    }
}

impl Loader<RegistrationsOf> for Rows {
    type Value = Vec<registration::Model>;
    type Error = Shared;

    async fn load(
        &self,
        keys: &[RegistrationsOf],
    ) -> Result<HashMap<RegistrationsOf, Vec<registration::Model>>, Shared> {
        let ids: Vec<SubjectId> = keys.iter().map(|key| key.0).collect();
        let rows = registrations_of(&self.0, &ids).await.map_err(Shared::from)?;
        Ok(rows.into_iter().map(|(id, rows)| (RegistrationsOf(id), rows)).collect())
    }
}

/// A subject's titles over the years, newest first; no entry for one that is out of sight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct HistoryOf(pub SubjectId);

impl Loader<HistoryOf> for Rows {
    type Value = Arc<Vec<TitleYear>>;
    type Error = Shared;

    async fn load(&self, keys: &[HistoryOf]) -> Result<HashMap<HistoryOf, Arc<Vec<TitleYear>>>, Shared> {
        let ids: Vec<SubjectId> = keys.iter().map(|key| key.0).collect();
        let histories = histories_of(&self.0, &ids).await.map_err(Shared::from)?;
        let shared = |(id, years)| (HistoryOf(id), Arc::new(years));
        Ok(histories.into_iter().map(shared).collect())
    }
}

/// The journal of a registration, oldest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct JournalOf(pub RegistrationId);

impl Loader<JournalOf> for Rows {
    type Value = Vec<registration_event::Model>;
    type Error = Shared;

    async fn load(&self, keys: &[JournalOf]) -> Result<HashMap<JournalOf, Vec<registration_event::Model>>, Shared> {
        let ids: Vec<RegistrationId> = keys.iter().map(|key| key.0).collect();
        let rows = journals_of(&self.0, &ids).await.map_err(Shared::from)?;
        Ok(rows.into_iter().map(|(id, rows)| (JournalOf(id), rows)).collect())
    }
}

/// The certificate of a registration; no entry where it has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CertificateOf(pub RegistrationId);

impl Loader<CertificateOf> for Rows {
    type Value = certificate::Model;
    type Error = Shared;

    async fn load(&self, keys: &[CertificateOf]) -> Result<HashMap<CertificateOf, certificate::Model>, Shared> {
        let ids: Vec<RegistrationId> = keys.iter().map(|key| key.0).collect();
        let rows = certificates_of(&self.0, &ids).await.map_err(Shared::from)?;
        Ok(rows.into_iter().map(|(id, row)| (CertificateOf(id), row)).collect())
    }
}

/// The photos and papers of a registration, in the order they were added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EvidenceOf(pub RegistrationId);

impl Loader<EvidenceOf> for Rows {
    type Value = Vec<evidence::Model>;
    type Error = Shared;

    async fn load(&self, keys: &[EvidenceOf]) -> Result<HashMap<EvidenceOf, Vec<evidence::Model>>, Shared> {
        let ids: Vec<RegistrationId> = keys.iter().map(|key| key.0).collect();
        let rows = evidence_of(&self.0, &ids).await.map_err(Shared::from)?;
        Ok(rows.into_iter().map(|(id, rows)| (EvidenceOf(id), rows)).collect())
    }
}

impl Loader<RegistrationId> for Rows {
    type Value = registration::Model;
    type Error = Shared;

    async fn load(&self, keys: &[RegistrationId]) -> Result<HashMap<RegistrationId, registration::Model>, Shared> {
        registrations_by_id(&self.0, keys).await.map_err(Shared::from)
    }
}

/// What the latest branch meeting decided on a registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AssessmentOf(pub RegistrationId);

impl Loader<AssessmentOf> for Rows {
    type Value = Assessed;
    type Error = Shared;

    async fn load(&self, keys: &[AssessmentOf]) -> Result<HashMap<AssessmentOf, Assessed>, Shared> {
        let ids: Vec<RegistrationId> = keys.iter().map(|key| key.0).collect();
        let rows = assessments_of(&self.0, &ids).await.map_err(Shared::from)?;
        Ok(rows.into_iter().map(|(id, row)| (AssessmentOf(id), row)).collect())
    }
}

/// What a branch meeting decided on each registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ItemsOf(pub AssessmentId);

impl Loader<ItemsOf> for Rows {
    type Value = Vec<assessment_item::Model>;
    type Error = Shared;

    async fn load(&self, keys: &[ItemsOf]) -> Result<HashMap<ItemsOf, Vec<assessment_item::Model>>, Shared> {
        let ids: Vec<AssessmentId> = keys.iter().map(|key| key.0).collect();
        let rows = items_of(&self.0, &ids).await.map_err(Shared::from)?;
        Ok(rows.into_iter().map(|(id, rows)| (ItemsOf(id), rows)).collect())
    }
}

impl Loader<SubmissionId> for Rows {
    type Value = submission::Model;
    type Error = Shared;

    async fn load(&self, keys: &[SubmissionId]) -> Result<HashMap<SubmissionId, submission::Model>, Shared> {
        submissions_by_id(&self.0, keys).await.map_err(Shared::from)
    }
}

impl Loader<StandingOn> for Rows {
    type Value = Vec<registration::Model>;
    type Error = Shared;

    async fn load(&self, keys: &[StandingOn]) -> Result<HashMap<StandingOn, Vec<registration::Model>>, Shared> {
        standing_on(&self.0, keys).await.map_err(Shared::from)
    }
}

impl Loader<DecisionId> for Rows {
    type Value = decision::Model;
    type Error = Shared;

    async fn load(&self, keys: &[DecisionId]) -> Result<HashMap<DecisionId, decision::Model>, Shared> {
        decisions_by_id(&self.0, keys).await.map_err(Shared::from)
    }
}

/// The score sheets of a registration with their criteria sets, oldest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SheetsOf(pub RegistrationId);

impl Loader<SheetsOf> for Rows {
    type Value = Vec<SheetRow>;
    type Error = Shared;

    async fn load(&self, keys: &[SheetsOf]) -> Result<HashMap<SheetsOf, Vec<SheetRow>>, Shared> {
        let ids: Vec<RegistrationId> = keys.iter().map(|key| key.0).collect();
        let sheets = sheets_of(&self.1, &self.0, &ids).await.map_err(Shared::from)?;
        Ok(sheets.into_iter().map(|(id, rows)| (SheetsOf(id), rows)).collect())
    }
}

impl Loader<Want> for Rows {
    type Value = Arc<Published>;
    type Error = Shared;

    async fn load(&self, keys: &[Want]) -> Result<HashMap<Want, Arc<Published>>, Shared> {
        let city = city_of(&self.0).await.map_err(Shared::from)?;
        let find = self.0.find_shared::<criteria_set::Entity>();
        sets_applying(&self.1, find, city, keys).await.map_err(Shared::from)
    }
}

/// Who holds posts in a unit now; no entry for a unit that the scope does not cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PostsOf(pub UnitId);

impl Loader<PostsOf> for Rows {
    type Value = Vec<HeldRow>;
    type Error = Shared;

    async fn load(&self, keys: &[PostsOf]) -> Result<HashMap<PostsOf, Vec<HeldRow>>, Shared> {
        let units: Vec<UnitId> = keys.iter().map(|key| key.0).collect();
        let posts = posts_of_units(&self.0, &units).await.map_err(Shared::from)?;
        Ok(posts.into_iter().map(|(id, rows)| (PostsOf(id), rows)).collect())
    }
}

/// Names of people whose post the viewer has been shown.
pub struct Names(Arc<App>);

impl Loader<AccountId> for Names {
    type Value = String;
    type Error = Shared;

    async fn load(&self, keys: &[AccountId]) -> Result<HashMap<AccountId, String>, Shared> {
        names_of(&self.0, keys).await.map_err(Shared::from)
    }
}

/// Units as one view sees them.
pub struct Units(View);

impl Loader<UnitId> for Units {
    type Value = UnitRow;
    type Error = Shared;

    async fn load(&self, keys: &[UnitId]) -> Result<HashMap<UnitId, UnitRow>, Shared> {
        units_seen(&self.0, keys).await.map_err(Shared::from)
    }
}

/// The top unit of the association above one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RootAbove(pub TenantId);

impl Loader<RootAbove> for Units {
    type Value = UnitRow;
    type Error = Shared;

    async fn load(&self, keys: &[RootAbove]) -> Result<HashMap<RootAbove, UnitRow>, Shared> {
        let tenants: Vec<TenantId> = keys.iter().map(|key| key.0).collect();
        let rows = roots_above(&self.0, &tenants).await.map_err(Shared::from)?;
        Ok(rows.into_iter().map(|(tenant, row)| (RootAbove(tenant), row)).collect())
    }
}

impl Loader<Below> for Units {
    type Value = Vec<UnitRow>;
    type Error = Shared;

    async fn load(&self, keys: &[Below]) -> Result<HashMap<Below, Vec<UnitRow>>, Shared> {
        children_of(&self.0, keys).await.map_err(Shared::from)
    }
}
