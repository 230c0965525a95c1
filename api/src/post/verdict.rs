//! Whether a post lets its holder do something to a thing, found out by the way a request would take: the policy table,
//! then the scope or view it grants, then whether the thing is found in there.
//!
//! Only rights are judged, not the state of a thing: an approved registration is still within a branch head's right to
//! decide.

use entity::id::{AccountId, HouseholdId, RegistrationId, SubjectId, TenantId, UnitId};
use entity::scope::{Scope, Writer};
use entity::table::registration;
use entity::vocabulary::{Role, UnitKind};

use crate::access::Permission;
use crate::access::below::is_below;
use crate::access::context::{scope_of, view_of};
use crate::access::gate::reach;
use crate::access::policy::Reach;
use crate::access::viewer::SignedIn;
use crate::app::App;
use crate::error::{Error, Result};
use crate::global_id::{GlobalId, NodeKind};
use crate::household::household_by_id;
use crate::programme::is_own_level;
use crate::registration::registration_by_id;
use crate::request::RequestInfo;
use crate::subject::{own_among, seen};
use crate::unit::{covered_unit, unit_by_id};

/// What is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing {
    /// A unit.
    Unit(TenantId, UnitId),
    /// A household.
    Household(TenantId, HouseholdId),
    /// A clan, institution, community or citizen.
    Subject(TenantId, NodeKind, SubjectId),
    /// A registration.
    Registration(TenantId, RegistrationId),
    /// Somebody's account.
    Account(AccountId),
}

/// Why, from what speaks most for a permission to what speaks least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The thing lies within reach.
    WithinReach,
    /// It does, and the role needs a second factor that is not there.
    SecondFactorNeeded,
    /// It is the holder's own household.
    OwnHousehold,
    /// A district does not set its own target.
    OwnUnit,
    /// The owner of the account has not accepted the post within reach.
    PostNotAccepted,
    /// The account is the holder's own, or has a post that is as high as the holder's or outside reach.
    NotBelow,
    /// It lies outside, or is not there.
    OutsideReach,
    /// The post is still to begin.
    PostNotBegun,
    /// The post is over.
    PostExpired,
    /// The role has no reach by this permission.
    RoleHasNoReach,
    /// The account may not sign in.
    AccountDisabled,
    /// There is no post.
    NoPost,
}

impl Thing {
    /// The thing with this id, if it is of a kind that the permission is about.
    pub fn of(permission: Permission, id: GlobalId) -> Option<Self> {
        use Permission::{
            AccountManage, AssessmentWrite, ClanGrant, ComplaintAnswer, ComplaintWrite, CopyKeep, CriteriaPublish,
            CriteriaRead, EvidenceWrite, FamilyInvite, HouseholdMove, HouseholdRead, HouseholdWrite, PostGrant,
            PostRead, ProgrammeYearOpen, ProgrammeYearRead, ProgressRead, ProposalWrite, RecognitionWrite,
            RegistrationDecide, RegistrationRead, RegistrationSubmit, RegistrationWithdraw, ScoreWrite, SubjectRead,
            SubjectWrite, TargetSet, UnitCreate, UnitRead, WindowNarrow,
        };
        if matches!(permission, SubjectRead | SubjectWrite | ClanGrant) {
            let is_subject = matches!(id.kind, NodeKind::Collective | NodeKind::Citizen);
            return is_subject.then(|| Self::Subject(id.tenant, id.kind, id.id.into()));
        }
        let kind = match permission {
            // the year and its criteria are the city's: they are asked of a unit for whom
            UnitRead | UnitCreate | ProgressRead | TargetSet | PostRead | PostGrant | WindowNarrow
            | ProgrammeYearRead | ProgrammeYearOpen | CriteriaRead | CriteriaPublish => NodeKind::Unit,
            HouseholdRead | HouseholdWrite | HouseholdMove | RegistrationSubmit | FamilyInvite => NodeKind::Household,
            RegistrationRead | RegistrationWithdraw | RegistrationDecide | ScoreWrite | EvidenceWrite
            | AssessmentWrite | ProposalWrite | RecognitionWrite | ComplaintWrite | ComplaintAnswer => {
                NodeKind::Registration
            }
            AccountManage => NodeKind::Account,
            SubjectRead | SubjectWrite | ClanGrant | CopyKeep => return None,
        };
        match id.kind {
            _ if id.kind != kind => None,
            NodeKind::Unit => Some(Self::Unit(id.tenant, id.id.into())),
            NodeKind::Household => Some(Self::Household(id.tenant, id.id.into())),
            NodeKind::Account => Some(Self::Account(id.id.into())),
            NodeKind::Registration => Some(Self::Registration(id.tenant, id.id.into())),
            _ => None,
        }
    }

    /// The permission by which it is seen.
    const fn seen_by(self) -> Permission {
        match self {
            Self::Unit(..) => Permission::UnitRead,
            Self::Household(..) => Permission::HouseholdRead,
            Self::Subject(..) => Permission::SubjectRead,
            Self::Registration(..) => Permission::RegistrationRead,
            Self::Account(_) => Permission::AccountManage,
        }
    }
}

/// Whether the holder, acting under a post in force, may do this.
///
/// # Errors
/// What the database answers.
pub async fn judge(
    app: &App,
    request: &RequestInfo,
    holder: &SignedIn,
    permission: Permission,
    thing: Thing,
) -> Result<Reason> {
    match look(app, request, holder, permission, thing).await {
        Ok(reason) => Ok(reason),
        Err(Error::Forbidden) => Ok(Reason::RoleHasNoReach),
        Err(Error::NotFound) => Ok(Reason::OutsideReach),
        Err(error) => Err(error),
    }
}

/// Whether somebody may see a thing at all.
///
/// # Errors
/// What the database answers.
pub async fn sees(app: &App, request: &RequestInfo, viewer: &SignedIn, thing: Thing) -> Result<bool> {
    let reason = judge(app, request, viewer, thing.seen_by(), thing).await?;
    Ok(reason == Reason::WithinReach)
}

/// What is said about a thing that is not there.
pub fn judge_nothing(permission: Permission, role: Role) -> Reason {
    match reach(permission, role) {
        Reach::Never => Reason::RoleHasNoReach,
        _ => Reason::OutsideReach,
    }
}

async fn look(
    app: &App,
    request: &RequestInfo,
    holder: &SignedIn,
    permission: Permission,
    thing: Thing,
) -> Result<Reason> {
    match thing {
        Thing::Unit(tenant, id) => {
            let view = view_of(app, request, holder, permission, tenant)?;
            if matches!(permission, Permission::UnitRead | Permission::ProgrammeYearRead) {
                unit_by_id(&view, id).await?;
                return Ok(Reason::WithinReach);
            }
            let unit = covered_unit(&view, id).await?;
            if permission == Permission::ProgrammeYearOpen && unit.kind != UnitKind::City {
                return Err(Error::NotFound);
            }
            let role = holder.acting()?.role;
            if permission == Permission::TargetSet && is_own_level(role, unit.kind) {
                return Ok(Reason::OwnUnit);
            }
        }
        Thing::Account(id) => {
            if reach(permission, holder.acting()?.role) == Reach::Never {
                return Err(Error::Forbidden);
            }
            return match is_below(app, request, holder, permission, id).await {
                Ok(()) => Ok(Reason::WithinReach),
                Err(Error::PostNotAccepted) => Ok(Reason::PostNotAccepted),
                Err(Error::Forbidden) => Ok(Reason::NotBelow),
                Err(error) => Err(error),
            };
        }
        Thing::Household(tenant, id) => {
            let scope = scope_of(app, request, holder, permission, tenant)?;
            household_by_id(&scope, id).await?;
        }
        Thing::Subject(tenant, kind, id) => {
            let scope = scope_of(app, request, holder, permission, tenant)?;
            seen(&scope, (kind, id)).await?;
        }
        Thing::Registration(tenant, id) => {
            let scope = scope_of(app, request, holder, permission, tenant)?;
            let row = registration_by_id(&scope, id).await?;
            if decides(permission) && is_own(&scope, &row).await? {
                return Ok(Reason::OwnHousehold);
            }
        }
    }
    Ok(Reason::WithinReach)
}

/// Whether by this permission somebody decides on a registration: nobody does on their own.
const fn decides(permission: Permission) -> bool {
    matches!(
        permission,
        Permission::RegistrationDecide
            | Permission::AssessmentWrite
            | Permission::ProposalWrite
            | Permission::RecognitionWrite
            | Permission::ComplaintAnswer
    )
}

/// As the decision itself asks it, inside a transaction that writes nothing.
async fn is_own(scope: &Scope, row: &registration::Model) -> Result<bool> {
    let actor = scope.actor();
    let owner = (actor.account, actor.phone.as_deref());
    let subject = (row.model.subject(), row.subject_id);
    let own = scope
        .write(async |tx: &Writer<'_>| own_among(tx, owner, [subject]).await)
        .await?;
    Ok(own.contains(&row.subject_id))
}
