//! What can be permitted.

/// One thing a post may let a person do. How far, the policy table says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Permission {
    /// See the tree of units: names, codes, kinds. No persons.
    UnitRead,
    /// Make a unit below one's own.
    UnitCreate,
    /// See counters and targets of units.
    ProgressRead,
    /// Set a unit's target.
    TargetSet,
    /// See programme years.
    ProgrammeYearRead,
    /// Open a programme year for the city.
    ProgrammeYearOpen,
    /// Narrow a window of the year for a unit.
    WindowNarrow,
    /// See households and the people in them.
    HouseholdRead,
    /// Enter and correct households.
    HouseholdWrite,
    /// See clans, institutions, communities and citizens.
    SubjectRead,
    /// Enter and correct clans, institutions, communities and citizens.
    SubjectWrite,
    /// Let a clan of another association count the families it has in this one.
    ClanGrant,
    /// Move a household to another branch.
    HouseholdMove,
    /// See registrations and their journal.
    RegistrationRead,
    /// Register a household or another subject, send a corrected registration in again.
    RegistrationSubmit,
    /// Take a registration back.
    RegistrationWithdraw,
    /// Approve, return and reject registrations.
    RegistrationDecide,
    /// Read criteria sets.
    CriteriaRead,
    /// Publish criteria sets for the city.
    CriteriaPublish,
    /// Mark a subject's own score sheet.
    ScoreWrite,
    /// Add photos and papers as evidence beside a subject's own score sheet, and take them away.
    EvidenceWrite,
    /// Enter what a branch meeting has decided.
    AssessmentWrite,
    /// Submit a ward's list, correct its marks, and return what the branch has to do again.
    ProposalWrite,
    /// Enter decisions of the People's Committee, and issue certificates.
    RecognitionWrite,
    /// Enter a complaint.
    ComplaintWrite,
    /// Answer a complaint.
    ComplaintAnswer,
    /// Help people back in, end their sessions, read their security journal: those below oneself.
    AccountManage,
    /// See who holds which post.
    PostRead,
    /// Appoint people to posts below one's own, hand posts over and end them.
    PostGrant,
    /// Invite families to join by phone.
    FamilyInvite,
    /// Keep a copy on a phone of what the post sees.
    CopyKeep,
}

impl Permission {
    /// What it lets a person do, for the printed table.
    pub const fn description(self) -> &'static str {
        match self {
            Self::UnitRead => "see the tree of units: names, codes, kinds",
            Self::UnitCreate => "make a unit below one's own",
            Self::ProgressRead => "see counters and targets of units",
            Self::TargetSet => "set a unit's target",
            Self::ProgrammeYearRead => "see programme years",
            Self::ProgrammeYearOpen => "open a programme year for the city",
            Self::WindowNarrow => "narrow a window of the year for a district or ward",
            Self::HouseholdRead => "see households and the people in them",
            Self::HouseholdWrite => "enter and correct households",
            Self::SubjectRead => "see clans, institutions, communities and citizens",
            Self::SubjectWrite => "enter and correct clans, institutions, communities and citizens",
            Self::ClanGrant => "let a clan of another association count the families it has in this one",
            Self::HouseholdMove => "move a household to another branch",
            Self::RegistrationRead => "see registrations and their journal",
            Self::RegistrationSubmit => {
                "register a household or another subject, send a corrected registration in again"
            }
            Self::RegistrationWithdraw => "take a registration back",
            Self::RegistrationDecide => "approve, return and reject registrations",
            Self::CriteriaRead => "read criteria sets",
            Self::CriteriaPublish => "publish criteria sets for the city",
            Self::ScoreWrite => "mark a subject's own score sheet",
            Self::EvidenceWrite => {
                "add photos and papers as evidence beside a subject's own score sheet, and take them away"
            }
            Self::AssessmentWrite => "enter what a branch meeting has decided",
            Self::ProposalWrite => {
                "submit a ward's list, mark lines otherwise, and return what the branch has to do again"
            }
            Self::RecognitionWrite => "enter decisions of the People's Committee, and issue certificates",
            Self::ComplaintWrite => "enter a complaint",
            Self::ComplaintAnswer => "answer a complaint",
            Self::PostRead => "see who holds which post",
            Self::PostGrant => "appoint people to posts below one's own, hand posts over and end them",
            Self::AccountManage => "help people below oneself back in, end their sessions, read their security journal",
            Self::FamilyInvite => "invite families to join by phone",
            Self::CopyKeep => "keep a copy on a phone of what the post sees",
        }
    }
}
