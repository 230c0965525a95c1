//! THE table: who may do what, how far, and which permission each root field needs. Nothing else is in this file.
//!
//! The gate, `ctx.scope`, the printed document (`api/docs/permissions.md`) and the test that tries every cell all read
//! these constants.

use entity::vocabulary::Role;

use super::permission::Permission::{
    self, AccountManage, AssessmentWrite, ClanGrant, ComplaintAnswer, ComplaintWrite, CopyKeep, CriteriaPublish,
    CriteriaRead, EvidenceWrite, FamilyInvite, HouseholdMove, HouseholdRead, HouseholdWrite, PostGrant, PostRead,
    ProgrammeYearOpen, ProgrammeYearRead, ProgressRead, ProposalWrite, RecognitionWrite, RegistrationDecide,
    RegistrationRead, RegistrationSubmit, RegistrationWithdraw, ScoreWrite, SubjectRead, SubjectWrite, TargetSet,
    UnitCreate, UnitRead, WindowNarrow,
};

/// How far a permission goes under a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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

use Reach::{Branch, City, Never, Own, Tenant, Ward};

/// The order of the columns below.
pub const ROLES: [Role; 6] = [
    Role::Family,
    Role::BranchHead,
    Role::WardOfficer,
    Role::DistrictOfficer,
    Role::CityOfficer,
    Role::CityLeader,
];

/// Permission x role -> reach.
#[rustfmt::skip]
pub const POLICY: &[(Permission, [Reach; 6])] = &[
    //                      Family  BranchHead  WardOfficer  DistrictOfficer  CityOfficer  CityLeader
    (UnitRead,             [Tenant, Tenant,     Tenant,      Tenant,          City,        City]),
    (UnitCreate,           [Never,  Never,      Ward,        Tenant,          City,        Never]),
    (ProgressRead,         [Never,  Branch,     Ward,        Tenant,          City,        City]),
    (TargetSet,            [Never,  Never,      Ward,        Tenant,          City,        Never]),
    (ProgrammeYearRead,    [Tenant, Tenant,     Tenant,      Tenant,          City,        City]),
    (ProgrammeYearOpen,    [Never,  Never,      Never,       Never,           City,        Never]),
    (WindowNarrow,         [Never,  Never,      Ward,        Tenant,          City,        Never]),
    (HouseholdRead,        [Own,    Branch,     Ward,        Tenant,          City,        Never]),
    (HouseholdWrite,       [Own,    Branch,     Never,       Never,           Never,       Never]),
    (SubjectRead,          [Own,    Branch,     Ward,        Tenant,          City,        Never]),
    (SubjectWrite,         [Own,    Branch,     Never,       Never,           Never,       Never]),
    (ClanGrant,            [Never,  Never,      Never,       Tenant,          Never,       Never]),
    (HouseholdMove,        [Never,  Never,      Ward,        Tenant,          Never,       Never]),
    (RegistrationRead,     [Own,    Branch,     Ward,        Tenant,          City,        Never]),
    (RegistrationSubmit,   [Own,    Branch,     Never,       Never,           Never,       Never]),
    (RegistrationWithdraw, [Own,    Branch,     Never,       Never,           Never,       Never]),
    (RegistrationDecide,   [Never,  Branch,     Never,       Never,           Never,       Never]),
    (CriteriaRead,         [Tenant, Tenant,     Tenant,      Tenant,          City,        City]),
    (CriteriaPublish,      [Never,  Never,      Never,       Never,           City,        Never]),
    (ScoreWrite,           [Own,    Branch,     Never,       Never,           Never,       Never]),
    (EvidenceWrite,        [Own,    Branch,     Never,       Never,           Never,       Never]),
    (AssessmentWrite,      [Never,  Branch,     Never,       Never,           Never,       Never]),
    (ProposalWrite,        [Never,  Never,      Ward,        Never,           Never,       Never]),
    (RecognitionWrite,     [Never,  Never,      Ward,        Never,           Never,       Never]),
    (ComplaintWrite,       [Own,    Branch,     Ward,        Never,           Never,       Never]),
    (ComplaintAnswer,      [Never,  Never,      Ward,        Never,           Never,       Never]),
    (AccountManage,        [Never,  Branch,     Ward,        Tenant,          City,        Never]),
    (PostRead,             [Never,  Branch,     Ward,        Tenant,          City,        Never]),
    (PostGrant,            [Never,  Never,      Ward,        Tenant,          City,        Never]),
    (FamilyInvite,         [Never,  Branch,     Ward,        Never,           Never,       Never]),
    (CopyKeep,             [Own,    Branch,     Ward,        Never,           Never,       Never]),
];

/// Role -> whether acting under it needs a session with a second factor.
#[rustfmt::skip]
pub const SECOND_FACTOR: [bool; 6] =
    //                      Family  BranchHead  WardOfficer  DistrictOfficer  CityOfficer  CityLeader
                           [false,  false,      false,       true,            true,        true];

/// Where a root field stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// On `Query`.
    Query,
    /// On `Mutation`.
    Mutation,
    /// On `Subscription`.
    Subscription,
}

/// What a root field asks of the viewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Nothing: signing in.
    Nothing,
    /// A signed-in account, with or without a post; what it answers is about that account, or guarded per type.
    SignedIn,
    /// A post whose role has some reach for this permission.
    Permission(Permission),
}

/// Root field -> need. A field without a row is denied to everybody.
#[rustfmt::skip]
pub const FIELDS: &[(Operation, &str, Need)] = &[
    (Operation::Query,    "viewer",                Need::SignedIn),
    (Operation::Query,    "mySessions",            Need::SignedIn),
    (Operation::Query,    "securityEvents",        Need::SignedIn),
    (Operation::Query,    "notices",               Need::SignedIn),
    (Operation::Query,    "invitations",           Need::Permission(FamilyInvite)),
    (Operation::Query,    "accountsBelow",         Need::Permission(AccountManage)),
    (Operation::Query,    "node",                  Need::SignedIn),
    (Operation::Query,    "unit",                  Need::Permission(UnitRead)),
    (Operation::Query,    "programmeYears",        Need::Permission(ProgrammeYearRead)),
    (Operation::Query,    "programmeWindows",      Need::Permission(ProgrammeYearRead)),
    (Operation::Query,    "criteriaSets",          Need::Permission(CriteriaRead)),
    (Operation::Query,    "criteriaSet",           Need::Permission(CriteriaRead)),
    (Operation::Query,    "household",             Need::Permission(HouseholdRead)),
    (Operation::Query,    "households",            Need::Permission(HouseholdRead)),
    (Operation::Query,    "collective",            Need::Permission(SubjectRead)),
    (Operation::Query,    "collectives",           Need::Permission(SubjectRead)),
    (Operation::Query,    "citizen",               Need::Permission(SubjectRead)),
    (Operation::Query,    "citizens",              Need::Permission(SubjectRead)),
    (Operation::Query,    "householdsNotRegistered", Need::Permission(HouseholdRead)),
    (Operation::Query,    "inbox",                 Need::Permission(RegistrationRead)),
    (Operation::Query,    "cannedReasons",         Need::Permission(RegistrationRead)),
    (Operation::Query,    "registration",          Need::Permission(RegistrationRead)),
    (Operation::Query,    "registrations",         Need::Permission(RegistrationRead)),
    (Operation::Query,    "changes",               Need::Permission(CopyKeep)),
    (Operation::Query,    "assessments",           Need::Permission(RegistrationRead)),
    (Operation::Query,    "submissions",           Need::Permission(RegistrationRead)),
    (Operation::Query,    "decisions",             Need::Permission(RegistrationRead)),
    (Operation::Query,    "registrationForms",     Need::Permission(RegistrationRead)),
    (Operation::Query,    "blankForms",            Need::Permission(RegistrationRead)),
    (Operation::Query,    "scoreSheetForms",       Need::Permission(RegistrationRead)),
    (Operation::Query,    "assessmentPaper",       Need::Permission(RegistrationRead)),
    (Operation::Query,    "submissionPaper",       Need::Permission(RegistrationRead)),
    (Operation::Query,    "decisionPaper",         Need::Permission(RegistrationRead)),
    (Operation::Query,    "registrationListPaper", Need::Permission(RegistrationRead)),
    (Operation::Query,    "complaints",            Need::Permission(RegistrationRead)),
    (Operation::Query,    "receipt",               Need::Permission(HouseholdRead)),
    (Operation::Query,    "progress",              Need::Permission(ProgressRead)),
    (Operation::Query,    "cityOverview",          Need::Permission(ProgressRead)),
    (Operation::Query,    "post",                  Need::Permission(PostRead)),
    (Operation::Query,    "postProposals",         Need::Permission(PostGrant)),
    (Operation::Query,    "explainAccess",         Need::SignedIn),
    (Operation::Mutation, "signIn",                Need::Nothing),
    (Operation::Mutation, "refresh",               Need::Nothing),
    (Operation::Mutation, "changePassword",        Need::SignedIn),
    (Operation::Mutation, "endSessions",           Need::SignedIn),
    (Operation::Mutation, "endSessionsOf",         Need::Permission(AccountManage)),
    (Operation::Mutation, "beginSecondFactor",     Need::SignedIn),
    (Operation::Mutation, "confirmSecondFactor",   Need::SignedIn),
    (Operation::Mutation, "removeSecondFactor",    Need::SignedIn),
    (Operation::Mutation, "removeSecondFactorOf",  Need::Permission(AccountManage)),
    (Operation::Mutation, "renewRecoveryCodes",    Need::SignedIn),
    (Operation::Mutation, "stepUp",                Need::SignedIn),
    (Operation::Mutation, "createInvitations",     Need::Permission(FamilyInvite)),
    (Operation::Mutation, "revokeInvitations",     Need::Permission(FamilyInvite)),
    (Operation::Mutation, "acceptInvitation",      Need::Nothing),
    (Operation::Mutation, "requestPhoneCode",      Need::Nothing),
    (Operation::Mutation, "joinByPhone",           Need::Nothing),
    (Operation::Mutation, "issueRecoveryCode",     Need::Permission(AccountManage)),
    (Operation::Mutation, "recover",               Need::Nothing),
    (Operation::Mutation, "markNoticesRead",       Need::SignedIn),
    (Operation::Mutation, "registerPushToken",     Need::SignedIn),
    (Operation::Mutation, "removePushToken",       Need::SignedIn),
    (Operation::Mutation, "createUnit",            Need::Permission(UnitCreate)),
    (Operation::Mutation, "openProgrammeYear",     Need::Permission(ProgrammeYearOpen)),
    (Operation::Mutation, "changeProgrammeYear",   Need::Permission(ProgrammeYearOpen)),
    (Operation::Mutation, "closeProgrammeYear",    Need::Permission(ProgrammeYearOpen)),
    (Operation::Mutation, "reopenProgrammeYear",   Need::Permission(ProgrammeYearOpen)),
    (Operation::Mutation, "narrowWindow",          Need::Permission(WindowNarrow)),
    (Operation::Mutation, "publishCriteriaSet",    Need::Permission(CriteriaPublish)),
    (Operation::Mutation, "setTarget",             Need::Permission(TargetSet)),
    (Operation::Mutation, "cascadeTarget",         Need::Permission(TargetSet)),
    (Operation::Mutation, "syncBatch",             Need::SignedIn),
    (Operation::Mutation, "createHousehold",       Need::Permission(HouseholdWrite)),
    (Operation::Mutation, "updateHousehold",       Need::Permission(HouseholdWrite)),
    (Operation::Mutation, "createCollective",      Need::Permission(SubjectWrite)),
    (Operation::Mutation, "updateCollective",      Need::Permission(SubjectWrite)),
    (Operation::Mutation, "createCitizen",         Need::Permission(SubjectWrite)),
    (Operation::Mutation, "updateCitizen",         Need::Permission(SubjectWrite)),
    (Operation::Mutation, "addClanFamilies",       Need::Permission(HouseholdWrite)),
    (Operation::Mutation, "removeClanFamilies",    Need::Permission(HouseholdWrite)),
    (Operation::Mutation, "countClanFamilies",     Need::Permission(SubjectWrite)),
    (Operation::Mutation, "grantClanCount",        Need::Permission(ClanGrant)),
    (Operation::Mutation, "revokeClanCount",       Need::Permission(ClanGrant)),
    (Operation::Mutation, "registerSubject",       Need::Permission(RegistrationSubmit)),
    (Operation::Mutation, "moveHousehold",         Need::Permission(HouseholdMove)),
    (Operation::Mutation, "registerHousehold",     Need::Permission(RegistrationSubmit)),
    (Operation::Mutation, "registerAgain",         Need::Permission(RegistrationSubmit)),
    (Operation::Mutation, "submitRegistration",    Need::Permission(RegistrationSubmit)),
    (Operation::Mutation, "withdrawRegistration",  Need::Permission(RegistrationWithdraw)),
    (Operation::Mutation, "approveRegistrations",  Need::Permission(RegistrationDecide)),
    (Operation::Mutation, "returnRegistrations",   Need::Permission(RegistrationDecide)),
    (Operation::Mutation, "rejectRegistrations",   Need::Permission(RegistrationDecide)),
    (Operation::Mutation, "printCertificates",     Need::Permission(RecognitionWrite)),
    (Operation::Mutation, "saveScoreSheet",        Need::Permission(ScoreWrite)),
    (Operation::Mutation, "submitScoreSheet",      Need::Permission(ScoreWrite)),
    (Operation::Mutation, "beginUpload",           Need::Permission(EvidenceWrite)),
    (Operation::Mutation, "removeEvidence",        Need::Permission(EvidenceWrite)),
    (Operation::Mutation, "undoDecision",          Need::Permission(RegistrationDecide)),
    (Operation::Mutation, "enterAssessment",       Need::Permission(AssessmentWrite)),
    (Operation::Mutation, "sendBackRegistrations", Need::Permission(ProposalWrite)),
    (Operation::Mutation, "submitProposal",        Need::Permission(ProposalWrite)),
    (Operation::Mutation, "addToProposal",         Need::Permission(ProposalWrite)),
    (Operation::Mutation, "enterRecognition",      Need::Permission(RecognitionWrite)),
    (Operation::Mutation, "addToRecognition",      Need::Permission(RecognitionWrite)),
    (Operation::Mutation, "declineRegistrations",  Need::Permission(RecognitionWrite)),
    (Operation::Mutation, "revokeTitles",          Need::Permission(RecognitionWrite)),
    (Operation::Mutation, "enterComplaint",        Need::Permission(ComplaintWrite)),
    (Operation::Mutation, "answerComplaint",       Need::Permission(ComplaintAnswer)),
    (Operation::Mutation, "appointPost",           Need::Permission(PostGrant)),
    (Operation::Mutation, "endPost",               Need::Permission(PostGrant)),
    (Operation::Mutation, "handOverPost",          Need::Permission(PostGrant)),
    (Operation::Mutation, "acceptPost",            Need::SignedIn),
    (Operation::Mutation, "confirmPost",           Need::Permission(PostGrant)),
    (Operation::Mutation, "refusePost",            Need::Permission(PostGrant)),
    (Operation::Subscription, "registrationChanged", Need::Permission(RegistrationRead)),
    (Operation::Subscription, "inboxChanged",        Need::Permission(RegistrationRead)),
    (Operation::Subscription, "unitProgressChanged", Need::Permission(ProgressRead)),
    (Operation::Subscription, "notificationAdded",   Need::SignedIn),
];
