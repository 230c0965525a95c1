//! The GraphQL schema: the features' queries and mutations side by side.

use std::sync::Arc;

use async_graphql::{Context, ID, Interface, MergedObject, Object, SchemaBuilder};
use chrono::{DateTime, FixedOffset};
use uuid::Uuid;

use crate::access::{Access, Permission};
use crate::account::{AccountMutation, AccountQuery, PasswordMutation};
use crate::app::App;
use crate::assessment::{AssessmentMutation, AssessmentQuery};
use crate::certificate::CertificateMutation;
use crate::citizen::{Citizen, CitizenMutation, CitizenQuery, citizen_by_id};
use crate::clan::ClanMutation;
use crate::collective::{Collective, CollectiveMutation, CollectiveQuery, collective_by_id};
use crate::complaint::{ComplaintMutation, ComplaintQuery};
use crate::copy::CopyQuery;
use crate::criteria::{CriteriaMutation, CriteriaQuery, CriteriaSet, set_in_city};
use crate::document::check::NothingRuns;
use crate::error::{Error, Result};
use crate::evidence::{Evidence, EvidenceMutation, evidence_by_id};
use crate::global_id::{NodeKind, decode};
use crate::household::{
    Household, HouseholdMutation, HouseholdQuery, MovingMutation, UnregisteredQuery, household_by_id,
};
use crate::inbox::InboxQuery;
use crate::joining::{InvitationMutation, JoiningMutation, JoiningQuery};
use crate::live::Subscription;
use crate::notice::{NoticeMutation, NoticeQuery};
use crate::post::{ExplainQuery, HeldPost, PostMutation, PostQuery, ProposalMutation, ProposalQuery, post_by_id};
use crate::printing::PrintingQuery;
use crate::programme::{ProgrammeMutation, ProgrammeQuery, TargetMutation};
use crate::progress::ProgressQuery;
use crate::push::PushMutation;
use crate::receipt::ReceiptQuery;
use crate::recognition::{ListMutation, RecognitionMutation, RecognitionQuery};
use crate::recovery::{RecoveryMutation, RecoveryQuery};
use crate::registration::{
    AgainMutation, DecisionMutation, Registration, RegistrationMutation, RegistrationQuery, UndoMutation,
    registration_by_id,
};
use crate::scalar;
use crate::score::{ScoreMutation, ScoreSheet, sheet_by_id};
use crate::second_factor::SecondFactorMutation;
use crate::security::SecurityQuery;
use crate::session::{SessionMutation, SessionQuery};
use crate::sync::SyncMutation;
use crate::unit::{Unit, UnitMutation, UnitQuery, unit_by_id};

/// Something with a global id.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Global id."))]
pub enum Node {
    /// A unit.
    Unit(Unit),
    /// A household.
    Household(Household),
    /// A clan, institution or community.
    Collective(Collective),
    /// A citizen.
    Citizen(Citizen),
    /// A registration.
    Registration(Registration),
    /// A post, with who holds it.
    HeldPost(HeldPost),
    /// A criteria set.
    CriteriaSet(CriteriaSet),
    /// A score sheet.
    ScoreSheet(ScoreSheet),
    /// A file of evidence.
    Evidence(Evidence),
}

/// Looking things up by global id.
#[derive(Default)]
pub struct NodeQuery;

/// Looking things up by global id.
#[Object]
impl NodeQuery {
    /// A unit, household, collective, citizen, registration, post, criteria set, score sheet or file of evidence by its global id,
    /// as far as the viewer may see it.
    async fn node(&self, ctx: &Context<'_>, #[graphql(desc = "Global id.")] id: ID) -> Option<Result<Node>> {
        Some(node(ctx, &id).await)
    }
}

async fn node(ctx: &Context<'_>, id: &ID) -> Result<Node> {
    let found = decode(id, "id")?;
    match found.kind {
        NodeKind::Unit => {
            let view = ctx.view_in(Permission::UnitRead, found.tenant)?;
            let row = unit_by_id(&view, found.id.into()).await?;
            Ok(Unit::new(row, &view).into())
        }
        NodeKind::Household => {
            let scope = ctx.scope_in(Permission::HouseholdRead, found.tenant)?;
            Ok(Household(household_by_id(&scope, found.id.into()).await?).into())
        }
        NodeKind::Collective => {
            let scope = ctx.scope_in(Permission::SubjectRead, found.tenant)?;
            Ok(Collective(collective_by_id(&scope, found.id.into()).await?).into())
        }
        NodeKind::Citizen => {
            let scope = ctx.scope_in(Permission::SubjectRead, found.tenant)?;
            Ok(Citizen(citizen_by_id(&scope, found.id.into()).await?).into())
        }
        NodeKind::Registration => {
            let scope = ctx.scope_in(Permission::RegistrationRead, found.tenant)?;
            Ok(Registration(registration_by_id(&scope, found.id.into()).await?).into())
        }
        NodeKind::Post => {
            let scope = ctx.scope_in(Permission::PostRead, found.tenant)?;
            Ok(HeldPost(post_by_id(&scope, found.id.into()).await?).into())
        }
        NodeKind::CriteriaSet => {
            let published = set_in_city(ctx, found.tenant, found.id.into()).await?;
            Ok(CriteriaSet(published).into())
        }
        NodeKind::ScoreSheet => {
            let scope = ctx.scope_in(Permission::RegistrationRead, found.tenant)?;
            let row = sheet_by_id(ctx.app(), &scope, found.id.into()).await?;
            Ok(ScoreSheet::new(row)?.into())
        }
        NodeKind::Evidence => {
            let scope = ctx.scope_in(Permission::RegistrationRead, found.tenant)?;
            Ok(Evidence(evidence_by_id(&scope, found.id.into()).await?).into())
        }
        NodeKind::PostProposal
        | NodeKind::Account
        | NodeKind::Session
        | NodeKind::Invitation
        | NodeKind::Notice
        | NodeKind::Assessment
        | NodeKind::Submission
        | NodeKind::Decision
        | NodeKind::Complaint
        | NodeKind::Certificate => Err(Error::NotFound),
    }
}

/// Reading the later steps of a registration.
#[derive(MergedObject, Default)]
pub struct TitleQuery(
    AssessmentQuery,
    ComplaintQuery,
    RecognitionQuery,
    PrintingQuery,
    InboxQuery,
    UnregisteredQuery,
);

/// The later steps of a registration.
#[derive(MergedObject, Default)]
pub struct TitleMutation(
    AgainMutation,
    UndoMutation,
    AssessmentMutation,
    ListMutation,
    RecognitionMutation,
    ComplaintMutation,
    CertificateMutation,
);

/// Reading what is registered for titles.
#[derive(MergedObject, Default)]
pub struct SubjectQuery(HouseholdQuery, CollectiveQuery, CitizenQuery);

/// Entering what is registered for titles.
#[derive(MergedObject, Default)]
pub struct SubjectMutation(HouseholdMutation, CollectiveMutation, CitizenMutation, ClanMutation);

/// Reading about people: accounts, sessions, posts, and how they come in.
#[derive(MergedObject, Default)]
pub struct PeopleQuery(
    AccountQuery,
    SessionQuery,
    SecurityQuery,
    PostQuery,
    ProposalQuery,
    ExplainQuery,
    JoiningQuery,
    RecoveryQuery,
    NoticeQuery,
);

/// Reading the association's work: units, the year, families and their titles.
#[derive(MergedObject, Default)]
pub struct WorkQuery(
    NodeQuery,
    UnitQuery,
    ProgrammeQuery,
    CriteriaQuery,
    SubjectQuery,
    RegistrationQuery,
    TitleQuery,
    ProgressQuery,
    ReceiptQuery,
    CopyQuery,
);

// in two parts: each feature that is merged makes the future of a field one level deeper, and the compiler counts them
/// What can be read.
#[derive(MergedObject, Default)]
pub struct Query(PeopleQuery, WorkQuery);

/// What is done with people: accounts, sessions, posts, and how they come in.
#[derive(MergedObject, Default)]
pub struct PeopleMutation(
    AccountMutation,
    PasswordMutation,
    SessionMutation,
    SecondFactorMutation,
    PostMutation,
    ProposalMutation,
    InvitationMutation,
    JoiningMutation,
    RecoveryMutation,
    NoticeMutation,
    PushMutation,
);

/// What is done in the association's work: units, the year, families and their titles.
#[derive(MergedObject, Default)]
pub struct WorkMutation(
    UnitMutation,
    ProgrammeMutation,
    TargetMutation,
    CriteriaMutation,
    SubjectMutation,
    MovingMutation,
    RegistrationMutation,
    DecisionMutation,
    ScoreMutation,
    EvidenceMutation,
    TitleMutation,
    SyncMutation,
);

/// What can be done.
#[derive(MergedObject, Default)]
pub struct Mutation(PeopleMutation, WorkMutation);

/// The schema's type.
pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    // limits on documents are the guard's (`http::guard`), which counts without walking the expansion
    Schema::build(Query::default(), Mutation::default(), Subscription)
        .disable_suggestions()
        // the library's own words for them speak to somebody else
        .override_output_type_description::<DateTime<FixedOffset>>(scalar::DATE_TIME)
        .override_output_type_description::<Uuid>(scalar::UUID)
        .register_input_type::<scalar::UuidUrl>()
}

/// The schema of a running server.
pub fn build(app: Arc<App>) -> Schema {
    let builder = builder();
    let builder = if app.config.introspection {
        builder
    } else {
        builder.disable_introspection()
    };
    builder.data(app).finish()
}

/// A schema that parses and validates and runs nothing, for documents that are to be registered.
pub fn checker() -> Schema {
    builder().extension(NothingRuns).finish()
}

/// The schema as text; `api/docs/schema.graphql` is this text.
pub fn sdl() -> String {
    let options = async_graphql::SDLExportOptions::new()
        .sorted_fields()
        .sorted_enum_items()
        .include_specified_by();
    builder().finish().sdl_with_options(options)
}

/// What the explorer page needs to know of the schema, as introspection tells it. The page has it from the program and
/// not by asking the API, which may refuse such questions.
pub async fn described() -> serde_json::Value {
    let answer = builder().finish().execute(DESCRIPTION).await;
    answer.data.into_json().unwrap_or_default()
}

/// Deep enough for `[[Type!]!]!`.
const DESCRIPTION: &str = "{
  __schema {
    queryType { name } mutationType { name } subscriptionType { name }
    types {
      name kind description possibleTypes { ...Shape }
      fields(includeDeprecated: true) {
        name description isDeprecated deprecationReason args { name description defaultValue type { ...Shape } } type { ...Shape }
      }
      inputFields { name description defaultValue type { ...Shape } }
      enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
    }
  }
}
fragment Shape on __Type { name kind ofType { name kind ofType { name kind ofType { name kind ofType { name kind } } } } }";
