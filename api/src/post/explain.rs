//! `explainAccess`: why somebody may do something, or what is missing.
//!
//! It tells nothing that the asker could not find out otherwise: about a thing they may not see it answers as about one
//! that is not there.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, FixedOffset, Utc};
use entity::id::AccountId;
use entity::table::{account, post};
use entity::value::{Language, Rule};
use entity::vocabulary::{AuthenticationLevel, Role as Named};

use super::verdict::{self, Thing, judge, judge_nothing, sees};
use crate::access::below::account_once_below;
use crate::access::context::view_of;
use crate::access::gate::{needs_second_factor, reach};
use crate::access::policy::Reach as PolicyReach;
use crate::access::viewer::{SignedIn, may_sign_in};
use crate::access::{Access, Permission as Permitted};
use crate::account::Role;
use crate::app::App;
use crate::clock::HANOI;
use crate::config::SecondFactor;
use crate::error::{Error, Result, pick};
use crate::global_id::{NodeKind, decode, decode_as, encode};
use crate::loader::Shared;
use crate::second_factor;
use crate::unit::Unit;

/// What can be permitted.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "crate::access::Permission")]
pub enum Permission {
    /// See a unit: name, code, kind.
    UnitRead,
    /// Make a unit below this one.
    UnitCreate,
    /// See counters and target of a unit.
    ProgressRead,
    /// Set a unit's target.
    TargetSet,
    /// See programme years; asked about a unit.
    ProgrammeYearRead,
    /// Open a programme year; asked about the city's unit.
    ProgrammeYearOpen,
    /// Narrow a window of the year for a district or ward.
    WindowNarrow,
    /// Read criteria sets; cannot be asked about.
    CriteriaRead,
    /// Publish criteria sets for the city; cannot be asked about.
    CriteriaPublish,
    /// Mark a subject's own score sheet.
    ScoreWrite,
    /// Add photos and papers as evidence beside a subject's own score sheet, and take them away.
    EvidenceWrite,
    /// Enter what a branch meeting has decided.
    AssessmentWrite,
    /// Submit a ward's list, and return what the branch has to do again.
    ProposalWrite,
    /// Enter decisions of the People's Committee, and issue certificates.
    RecognitionWrite,
    /// Enter a complaint.
    ComplaintWrite,
    /// Answer a complaint.
    ComplaintAnswer,
    /// See a household and the people in it.
    HouseholdRead,
    /// Correct a household.
    HouseholdWrite,
    /// See a clan, institution, community or citizen.
    SubjectRead,
    /// Correct a clan, institution, community or citizen.
    SubjectWrite,
    /// Let a clan of another association count its families in this one.
    ClanGrant,
    /// Move a household to another branch.
    HouseholdMove,
    /// See a registration and its journal.
    RegistrationRead,
    /// Register a household.
    RegistrationSubmit,
    /// Take a registration back.
    RegistrationWithdraw,
    /// Approve, return and reject a registration.
    RegistrationDecide,
    /// Help somebody back in; asked about their account.
    AccountManage,
    /// See who holds which post in a unit.
    PostRead,
    /// Appoint people in a unit.
    PostGrant,
    /// Invite a family to join; asked about its household.
    FamilyInvite,
    /// Keep a copy on a phone of what the post sees; cannot be asked about.
    CopyKeep,
}

/// How far a role reaches by a permission.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "crate::access::policy::Reach")]
pub enum Reach {
    /// Not at all.
    Never,
    /// The households the account manages.
    Own,
    /// The post's branch.
    Branch,
    /// The post's ward with its branches.
    Ward,
    /// The post's association.
    Tenant,
    /// Every association.
    City,
}

/// Whether it is allowed.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessVerdict {
    /// It is.
    Allowed,
    /// It is not.
    Denied,
}

/// Why it is allowed, or what is missing.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "super::verdict::Reason")]
pub enum AccessReason {
    /// Allowed: the thing lies within the reach of the role.
    WithinReach,
    /// It does, but the role needs a second factor: the account has none, or, of one's own, the session was opened without.
    SecondFactorNeeded,
    /// It is the person's own household, on which nobody decides themselves.
    OwnHousehold,
    /// It is the person's own district, whose target the city sets.
    OwnUnit,
    /// The owner of the account asked about had it before they were given the post, and has not accepted that.
    PostNotAccepted,
    /// The account asked about is the person's own, or has a post that is as high or outside reach.
    NotBelow,
    /// The thing lies outside the reach of the role, or is not there.
    OutsideReach,
    /// The post is still to begin.
    PostNotBegun,
    /// The post is over.
    PostExpired,
    /// The role has no reach at all by this permission.
    RoleHasNoReach,
    /// The account may not sign in.
    AccountDisabled,
    /// The account holds no post, has held none and is to hold none, as far as the asker sees.
    NoPost,
}

/// What one post of the account gives.
pub struct PostAccess {
    post: post::Model,
    permission: Permitted,
    reason: verdict::Reason,
}

/// What one post of the account gives.
#[Object]
impl PostAccess {
    /// Global id of the post.
    async fn post_id(&self) -> ID {
        encode(NodeKind::Post, self.post.tenant_id, self.post.id.0)
    }

    /// Its role.
    async fn role(&self) -> Role {
        self.post.role.into()
    }

    /// Its unit; null where the asker may not see it.
    async fn unit(&self, ctx: &Context<'_>) -> std::result::Result<Option<Unit>, Shared> {
        let viewer = ctx.viewer()?;
        let own = viewer.posts.iter().find(|own| own.id == self.post.id);
        let seen_as = own.map_or_else(|| viewer.clone(), |own| viewer.acting_under(*own));
        let view = view_of(
            ctx.app(),
            ctx.request(),
            &seen_as,
            Permitted::UnitRead,
            self.post.tenant_id,
        );
        let view = match view {
            Ok(view) => view,
            Err(Error::Forbidden | Error::NotFound | Error::PostNeeded) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let row = ctx.units(&view).load_one(self.post.unit_id).await?;
        Ok(row.map(|row| Unit::new(row, &view)))
    }

    /// From when it gives rights.
    async fn valid_from(&self) -> DateTime<FixedOffset> {
        self.post.valid_from.with_timezone(&HANOI)
    }

    /// Until when, if that is known.
    async fn valid_until(&self) -> Option<DateTime<FixedOffset>> {
        self.post.valid_until.map(|until| until.with_timezone(&HANOI))
    }

    /// How far its role reaches by the permission.
    async fn reach(&self) -> Reach {
        reach(self.permission, self.post.role).into()
    }

    /// Whether this post allows it.
    async fn verdict(&self) -> AccessVerdict {
        verdict_of(self.reason)
    }

    /// Why, or what is missing.
    async fn reason(&self) -> AccessReason {
        self.reason.into()
    }
}

/// Whether an account may do something, and why.
#[derive(SimpleObject)]
pub struct AccessExplanation {
    /// Whether one of its posts allows it.
    pub verdict: AccessVerdict,
    /// Why, or what is missing; of several posts, what speaks most for it.
    pub reason: AccessReason,
    /// The reason as a sentence.
    pub message: String,
    /// The post that decided; null when there is none.
    pub decided_by: Option<PostAccess>,
    /// All posts of the account within the asker's reach, of whatever time, oldest first.
    pub posts: Vec<PostAccess>,
}

/// The query that explains access.
#[derive(Default)]
pub struct ExplainQuery;

/// The query that explains access.
#[Object]
impl ExplainQuery {
    /// Whether an account may do something to a unit, household, registration or account now, by which post, date and rule; or
    /// what is missing. Everybody asks about themselves, officers and branch heads about those below them. What depends on
    /// the state of a thing, such as a closed window, is not asked here.
    async fn explain_access(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id of the account.")] account_id: ID,
        #[graphql(desc = "What is to be done.")] permission: Permission,
        #[graphql(desc = "To what: a unit, a household, a registration or an account, as fits the permission.")]
        node_id: ID,
    ) -> Option<Result<AccessExplanation>> {
        Some(explain(ctx, &account_id, permission.into(), &node_id).await)
    }
}

/// See [`ExplainQuery`].
async fn explain(ctx: &Context<'_>, account: &ID, permission: Permitted, node: &ID) -> Result<AccessExplanation> {
    let (app, request, viewer) = (ctx.app(), ctx.request(), ctx.viewer()?);
    let (_, id) = decode_as(NodeKind::Account, account, "accountId")?;
    let thing = Thing::of(permission, decode(node, "nodeId")?);
    let thing = thing.ok_or_else(|| Error::invalid("nodeId", Rule::NotAnId))?;
    let sign_in = app.db.sign_in();
    let (account, rows, shown) = if id == viewer.account {
        let account = sign_in.account_by_id(id).await?.ok_or(Error::NotFound)?;
        // what is found is found by the asker's own rights
        (account, sign_in.posts_ever_of(id).await?, Some(thing))
    } else {
        if reach(Permitted::AccountManage, viewer.acting()?.role) == PolicyReach::Never {
            return Err(Error::Forbidden);
        }
        let below = account_once_below(ctx, Permitted::AccountManage, id).await?;
        let seen = sees(app, request, viewer, thing).await?;
        (below.account, below.posts, seen.then_some(thing))
    };
    let lacks_factor = lacks_factor(app, viewer, account.id).await?;
    let mut posts = Vec::with_capacity(rows.len());
    for post in rows {
        let reason = match before_reach(&account, &post, request.now) {
            Some(reason) => reason,
            None => match shown {
                Some(thing) => {
                    let (session, chosen) = (viewer.session.clone(), Some(post.id));
                    // what the post gives; the second factor is asked for below
                    let asked = SecondFactor::Offered;
                    let holder = SignedIn::new(account.clone(), session, std::slice::from_ref(&post), chosen, asked);
                    let judged = judge(app, request, &holder, permission, thing).await?;
                    let lacks_factor = lacks_factor && needs_second_factor(post.role);
                    if judged == verdict::Reason::WithinReach && lacks_factor {
                        verdict::Reason::SecondFactorNeeded
                    } else {
                        judged
                    }
                }
                None => judge_nothing(permission, post.role),
            },
        };
        posts.push((post, reason));
    }
    let entry = |(post, reason): &(post::Model, verdict::Reason)| PostAccess {
        post: post.clone(),
        permission,
        reason: *reason,
    };
    let decided_by = posts.iter().min_by_key(|(_, reason)| *reason);
    let reason = decided_by.map_or(verdict::Reason::NoPost, |(_, reason)| *reason);
    Ok(AccessExplanation {
        verdict: verdict_of(reason),
        reason: reason.into(),
        message: message(request.language, reason, decided_by.map(|(post, _)| post)),
        decided_by: decided_by.map(entry),
        posts: posts.iter().map(entry).collect(),
    })
}

/// Whether a role that needs a second factor could not be acted under: of oneself in this session, of another at all.
async fn lacks_factor(app: &App, viewer: &SignedIn, account: AccountId) -> Result<bool> {
    if app.config.second_factor != SecondFactor::Required {
        return Ok(false);
    }
    if account == viewer.account {
        return Ok(viewer.session.level != AuthenticationLevel::SecondFactor);
    }
    Ok(second_factor::in_force(&app.db, account).await?.is_none())
}

/// What speaks against a post before its reach is looked at.
fn before_reach(account: &account::Model, post: &post::Model, now: DateTime<Utc>) -> Option<verdict::Reason> {
    if !may_sign_in(account, now) {
        Some(verdict::Reason::AccountDisabled)
    } else if post.valid_until.is_some_and(|until| until <= now) {
        Some(verdict::Reason::PostExpired)
    } else if now < post.valid_from {
        Some(verdict::Reason::PostNotBegun)
    } else {
        None
    }
}

fn verdict_of(reason: verdict::Reason) -> AccessVerdict {
    match reason {
        verdict::Reason::WithinReach => AccessVerdict::Allowed,
        _ => AccessVerdict::Denied,
    }
}

/// A sentence for the person: the reason, and the role and the dates of the post that decided.
fn message(language: Language, reason: verdict::Reason, post: Option<&post::Model>) -> String {
    use verdict::Reason;
    let (vi, en) = match reason {
        Reason::WithinReach => (
            "Được phép: mục này nằm trong phạm vi của chức vụ",
            "Allowed: this lies within the reach of the post",
        ),
        Reason::SecondFactorNeeded => (
            "Không được: chức vụ này cần mã xác thực, mà tài khoản chưa cài đặt hoặc phiên này chưa dùng",
            "Denied: the role needs a second factor, which is not set up or was not used in this session",
        ),
        Reason::PostNotAccepted => (
            "Không được: người đó đã có tài khoản từ trước và chưa nhận chức vụ",
            "Denied: that person had an account before and has not accepted the post",
        ),
        Reason::NotBelow => (
            "Không được: đó là tài khoản của chính người này, hoặc có chức vụ ngang bằng, cao hơn hay ở nơi khác",
            "Denied: the account is the person's own, or has a post that is as high or lies elsewhere",
        ),
        Reason::OwnHousehold => (
            "Không được: đây là gia đình của chính người này",
            "Denied: this is the person's own household",
        ),
        Reason::OwnUnit => (
            "Không được: chỉ tiêu của quận do thành phố đặt",
            "Denied: the city sets a district's target",
        ),
        Reason::OutsideReach => (
            "Không được: không có mục này trong phạm vi của chức vụ",
            "Denied: there is no such thing within the reach of the post",
        ),
        Reason::PostNotBegun => ("Không được: chức vụ chưa bắt đầu", "Denied: the post has not begun"),
        Reason::PostExpired => ("Không được: chức vụ đã kết thúc", "Denied: the post has ended"),
        Reason::RoleHasNoReach => (
            "Không được: chức vụ này không có quyền làm việc đó",
            "Denied: the role has no right to do this",
        ),
        Reason::AccountDisabled => (
            "Không được: tài khoản đã bị khóa",
            "Denied: the account has been disabled",
        ),
        Reason::NoPost => (
            "Không được: tài khoản không có chức vụ nào",
            "Denied: the account holds no post",
        ),
    };
    let said = pick(language, vi, en);
    let Some(post) = post else {
        return said.to_owned();
    };
    let day = |moment: DateTime<Utc>| moment.with_timezone(&HANOI).format("%d/%m/%Y %H:%M").to_string();
    let (from, until) = (day(post.valid_from), post.valid_until.map(day));
    let role = role_name(post.role, language);
    match (language, until) {
        (Language::Vi, None) => format!("{said} ({role}, từ {from})"),
        (Language::Vi, Some(until)) => format!("{said} ({role}, từ {from} đến {until})"),
        (Language::En, None) => format!("{said} ({role}, from {from})"),
        (Language::En, Some(until)) => format!("{said} ({role}, from {from} until {until})"),
    }
}

/// A role as people call it.
const fn role_name(role: Named, language: Language) -> &'static str {
    let (vi, en) = match role {
        Named::Family => ("gia đình", "family"),
        Named::BranchHead => ("chi hội trưởng", "branch head"),
        Named::WardOfficer => ("cán bộ hội phường", "ward officer"),
        Named::DistrictOfficer => ("cán bộ hội quận", "district officer"),
        Named::CityOfficer => ("cán bộ hội thành phố", "city officer"),
        Named::CityLeader => ("lãnh đạo hội thành phố", "city leader"),
    };
    pick(language, vi, en)
}
