//! The closed lists of words that rows use; stored as they are spelt here.

use sea_orm::{DeriveActiveEnum, EnumIter};

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum,
            serde::Serialize, serde::Deserialize,
        )]
        #[sea_orm(rs_type = "String", db_type = "Text")]
        pub enum $name {
            $($(#[$variant_doc])* #[sea_orm(string_value = $text)] #[serde(rename = $text)] $variant),+
        }

        impl $name {
            /// Every word of the list, in the order it is declared.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word as it is stored and as GraphQL spells it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
    )+};
}

mod evidence;
mod news;

pub use evidence::{EvidenceFault, EvidenceFormat, EvidenceState};
pub use news::{DeliveryState, NoticeKind, OutboxTopic};

words! {
    /// What kind of association a tenant is.
    TenantKind {
        /// The city association: no households of its own.
        City = "CITY",
        /// A district's association.
        District = "DISTRICT",
    }
    /// The level of a unit.
    UnitKind {
        /// The city.
        City = "CITY",
        /// Quận, huyện, thị xã.
        District = "DISTRICT",
        /// Phường, xã, thị trấn.
        Ward = "WARD",
        /// Chi hội khuyến học.
        Branch = "BRANCH",
    }
    /// Where a branch works.
    BranchKind {
        /// A residential group: tổ dân phố, thôn, địa bàn dân cư.
        Residential = "RESIDENTIAL",
        /// A school.
        School = "SCHOOL",
        /// A public agency.
        Agency = "AGENCY",
        /// An enterprise.
        Enterprise = "ENTERPRISE",
        /// Armed forces.
        ArmedForces = "ARMED_FORCES",
        /// A clan.
        Clan = "CLAN",
    }
    /// What a post lets a person do; how far it reaches is the policy table's matter.
    Role {
        /// A family's phone: its own household.
        Family = "FAMILY",
        /// Chi hội trưởng: decides on the registrations of one branch.
        BranchHead = "BRANCH_HEAD",
        /// Ward association officer.
        WardOfficer = "WARD_OFFICER",
        /// District association officer.
        DistrictOfficer = "DISTRICT_OFFICER",
        /// City association officer: reads rows everywhere, sets up the year.
        CityOfficer = "CITY_OFFICER",
        /// City leadership: counts only, never a person.
        CityLeader = "CITY_LEADER",
    }
    /// How sure the server is who is signed in.
    AuthenticationLevel {
        /// By password.
        Password = "PASSWORD",
        /// By password and a second factor.
        SecondFactor = "SECOND_FACTOR",
    }
    /// What a device runs.
    Platform {
        /// Android.
        Android = "ANDROID",
        /// iOS.
        Ios = "IOS",
        /// A browser.
        Web = "WEB",
        /// Anything else, or not said.
        Other = "OTHER",
    }
    /// Why a session ended.
    SessionEnd {
        /// Its owner signed out on it, or ended it from another device.
        SignedOut = "SIGNED_OUT",
        /// An officer ended it.
        EndedByOfficer = "ENDED_BY_OFFICER",
        /// A refresh token came back whose successor was in use: it had been copied.
        TokenReused = "TOKEN_REUSED",
        /// The password was changed.
        PasswordChanged = "PASSWORD_CHANGED",
        /// The account was recovered with a one-time code.
        Recovered = "RECOVERED",
        /// The account was disabled.
        AccountDisabled = "ACCOUNT_DISABLED",
        /// The operator set another password.
        PasswordReset = "PASSWORD_RESET",
        /// An officer or the operator removed the second factor.
        SecondFactorRemoved = "SECOND_FACTOR_REMOVED",
    }
    /// What the security journal knows of.
    SecurityEventKind {
        /// Signed in.
        SignedIn = "SIGNED_IN",
        /// A password or code was wrong.
        SignInFailed = "SIGN_IN_FAILED",
        /// The password was changed.
        PasswordChanged = "PASSWORD_CHANGED",
        /// A session ended.
        SessionEnded = "SESSION_ENDED",
        /// A refresh token came back whose successor was in use.
        TokenReused = "TOKEN_REUSED",
        /// The operator made the account.
        AccountCreated = "ACCOUNT_CREATED",
        /// The operator disabled the account.
        AccountDisabled = "ACCOUNT_DISABLED",
        /// The operator let a disabled account in again.
        AccountEnabled = "ACCOUNT_ENABLED",
        /// The operator set another password.
        PasswordReset = "PASSWORD_RESET",
        /// A post was given to the account.
        PostGranted = "POST_GRANTED",
        /// A new key for access tokens came into the ring.
        KeyRotated = "KEY_ROTATED",
        /// A second factor came into force, or took the place of another.
        SecondFactorSet = "SECOND_FACTOR_SET",
        /// The second factor was removed.
        SecondFactorRemoved = "SECOND_FACTOR_REMOVED",
        /// New recovery codes took the place of the old ones.
        RecoveryCodesRenewed = "RECOVERY_CODES_RENEWED",
        /// A recovery code was used up.
        RecoveryCodeUsed = "RECOVERY_CODE_USED",
        /// The owner proved anew, inside a session, who they are.
        SteppedUp = "STEPPED_UP",
        /// A post was ended, or its end was set.
        PostEnded = "POST_ENDED",
        /// The holder has taken a post.
        PostAccepted = "POST_ACCEPTED",
        /// Was proposed for a post of the city.
        PostProposed = "POST_PROPOSED",
        /// The end of a post of the city was proposed.
        PostEndProposed = "POST_END_PROPOSED",
        /// That proposal was refused.
        PostRefused = "POST_REFUSED",
        /// Joined a branch, by invitation or by phone number.
        Joined = "JOINED",
        /// The phone number, which this account had not proven, was proven by somebody else and is theirs.
        NumberTaken = "NUMBER_TAKEN",
        /// Made invitations for families.
        InvitationsCreated = "INVITATIONS_CREATED",
        /// Took invitations back.
        InvitationsRevoked = "INVITATIONS_REVOKED",
        /// An officer gave out a code to get back in with.
        RecoveryIssued = "RECOVERY_ISSUED",
        /// Got back in with such a code.
        Recovered = "RECOVERED",
        /// Took personal data out of the house on paper.
        PapersPrinted = "PAPERS_PRINTED",
    }
    /// Where a proposal of a post stands.
    ProposalState {
        /// Waits for a second officer, until it expires.
        Open = "OPEN",
        /// A second officer has confirmed it.
        Confirmed = "CONFIRMED",
        /// A second officer has refused it.
        Refused = "REFUSED",
    }
    /// What a one-time code is good for.
    CodePurpose {
        /// Proves a phone number, to join with.
        PhoneNumber = "PHONE_NUMBER",
        /// Lets the owner of an account back in.
        Recovery = "RECOVERY",
    }
    /// What kind of thing is registered for a title.
    SubjectKind {
        /// A household.
        Household = "HOUSEHOLD",
        /// Dòng họ: families of one descent.
        Clan = "CLAN",
        /// A school, agency or enterprise.
        Institution = "INSTITUTION",
        /// A residential group.
        Community = "COMMUNITY",
        /// An adult.
        Citizen = "CITIZEN",
    }
    /// The titles of the programme.
    LearningModel {
        /// Gia đình học tập.
        LearningFamily = "LEARNING_FAMILY",
        /// Dòng họ học tập.
        LearningClan = "LEARNING_CLAN",
        /// Đơn vị học tập: a school, agency or enterprise.
        LearningUnit = "LEARNING_UNIT",
        /// Cộng đồng học tập: a residential group.
        LearningCommunity = "LEARNING_COMMUNITY",
        /// Công dân học tập.
        LearningCitizen = "LEARNING_CITIZEN",
    }
    /// Which share of its subjects a unit's target is for.
    TargetMeasure {
        /// Those whose registration the branch has accepted, whatever has become of it since.
        Approved = "APPROVED",
        /// Those that are recognised.
        Recognised = "RECOGNISED",
    }
    /// A part of the programme year, with a window of its own.
    Phase {
        /// Families and others register, branches approve.
        Registration = "REGISTRATION",
        /// They mark themselves.
        SelfScoring = "SELF_SCORING",
        /// Branch meetings assess.
        BranchAssessment = "BRANCH_ASSESSMENT",
        /// Wards submit their lists.
        WardProposal = "WARD_PROPOSAL",
        /// Decisions of recognition are entered.
        Recognition = "RECOGNITION",
    }
    /// What the city did with a programme year.
    ProgrammeAction {
        /// Opened it.
        Open = "OPEN",
        /// Changed its windows.
        Change = "CHANGE",
        /// Closed it: nothing changes in it any more.
        Close = "CLOSE",
        /// Opened it again after closing.
        Reopen = "REOPEN",
    }
    /// Who marks a score sheet.
    SheetKind {
        /// The subject itself.
        Subject = "SUBJECT",
        /// The branch meeting.
        Branch = "BRANCH",
        /// The ward association.
        Ward = "WARD",
    }
    /// What a People's Committee decides.
    DecisionKind {
        /// Gives titles.
        Recognition = "RECOGNITION",
        /// Takes titles away.
        Revocation = "REVOCATION",
    }
    /// Where a complaint stands.
    ComplaintState {
        /// Waits for the ward.
        Open = "OPEN",
        /// The ward agrees.
        Upheld = "UPHELD",
        /// The ward does not agree.
        Dismissed = "DISMISSED",
    }
    /// Which of several forms of one title a criteria set is for.
    CriteriaVariant {
        /// Units under the ward's management: schools, shops, enterprises.
        WardManaged = "WARD_MANAGED",
        /// Agencies under state management at city or ward level: Circular 22/2020.
        StateManaged = "STATE_MANAGED",
        /// Citizens: farmers and rural labour.
        Farmer = "FARMER",
        /// Citizens: workers and craftsmen.
        Worker = "WORKER",
        /// Citizens: cadres, civil servants, staff.
        Official = "OFFICIAL",
        /// Citizens: pupils and students.
        Student = "STUDENT",
    }
    /// What counts for an indicator that does not apply to a subject.
    WhenNotApplicable {
        /// All its points.
        Full = "FULL",
        /// It is left out, and the total is brought back to the set's maximum.
        Rebase = "REBASE",
        /// Nothing.
        Zero = "ZERO",
    }
    /// Where a registration stands.
    RegistrationState {
        /// Begun, not sent in; seen by the family and its branch head only as a draft.
        Draft = "DRAFT",
        /// Sent in, waits for the branch head.
        Submitted = "SUBMITTED",
        /// Sent back with a reason, waits for the family.
        Returned = "RETURNED",
        /// Accepted by the branch head.
        Approved = "APPROVED",
        /// Refused with a reason.
        Rejected = "REJECTED",
        /// Taken back by the family.
        Withdrawn = "WITHDRAWN",
        /// The subject has marked itself, waits for the branch meeting.
        SelfScored = "SELF_SCORED",
        /// The branch meeting has assessed it, waits for the ward.
        BranchAssessed = "BRANCH_ASSESSED",
        /// On a list that the ward association has submitted to the ward People's Committee.
        WardProposed = "WARD_PROPOSED",
        /// Recognised by a decision of the ward People's Committee.
        Recognised = "RECOGNISED",
        /// Not recognised, with a reason.
        NotRecognised = "NOT_RECOGNISED",
        /// Recognised once, and taken away by a later decision.
        Revoked = "REVOKED",
    }
    /// What somebody did to a registration.
    RegistrationAction {
        /// Begins a draft, or writes it anew.
        SaveDraft = "SAVE_DRAFT",
        /// Sends it in, for the first time or corrected.
        Submit = "SUBMIT",
        /// Accepts it.
        Approve = "APPROVE",
        /// Sends it back with a reason.
        Return = "RETURN",
        /// Refuses it with a reason.
        Reject = "REJECT",
        /// Takes it back.
        Withdraw = "WITHDRAW",
        /// Hands the subject's own score sheet in.
        SelfScore = "SELF_SCORE",
        /// Enters what the branch meeting has decided.
        Assess = "ASSESS",
        /// Puts it on a list to the ward People's Committee.
        Propose = "PROPOSE",
        /// Enters the decision that recognises it.
        Recognise = "RECOGNISE",
        /// Enters that it is not recognised.
        Decline = "DECLINE",
        /// Enters the decision that takes the title away.
        Revoke = "REVOKE",
        /// Takes one's own last decision back.
        Undo = "UNDO",
        /// Brings it to another branch with its subject; it stands where it stood.
        Move = "MOVE",
    }
    /// How a registration came in.
    Channel {
        /// From the family's own phone.
        Phone = "PHONE",
        /// Entered by the branch head for a family without a phone.
        Paper = "PAPER",
    }
    /// A member's relation to the head of the household.
    Relation {
        /// The head of the household.
        Head = "HEAD",
        /// Husband or wife.
        Spouse = "SPOUSE",
        /// Son or daughter.
        Child = "CHILD",
        /// Father or mother, also by marriage.
        Parent = "PARENT",
        /// Grandchild.
        Grandchild = "GRANDCHILD",
        /// Any other.
        Other = "OTHER",
    }
}

impl SubjectKind {
    /// The title this kind is registered for.
    pub const fn model(self) -> LearningModel {
        match self {
            Self::Household => LearningModel::LearningFamily,
            Self::Clan => LearningModel::LearningClan,
            Self::Institution => LearningModel::LearningUnit,
            Self::Community => LearningModel::LearningCommunity,
            Self::Citizen => LearningModel::LearningCitizen,
        }
    }

    /// The forms of the criteria there are for this kind: each subject is marked by one of them. None where there is but one.
    pub const fn variants(self) -> &'static [CriteriaVariant] {
        use CriteriaVariant::{Farmer, Official, StateManaged, Student, WardManaged, Worker};
        match self {
            Self::Household | Self::Clan | Self::Community => &[],
            Self::Institution => &[WardManaged, StateManaged],
            Self::Citizen => &[Farmer, Worker, Official, Student],
        }
    }
}

impl LearningModel {
    /// What is registered for this title.
    pub const fn subject(self) -> SubjectKind {
        match self {
            Self::LearningFamily => SubjectKind::Household,
            Self::LearningClan => SubjectKind::Clan,
            Self::LearningUnit => SubjectKind::Institution,
            Self::LearningCommunity => SubjectKind::Community,
            Self::LearningCitizen => SubjectKind::Citizen,
        }
    }
}

impl RegistrationState {
    /// Whether it was sent in and not taken back.
    pub const fn is_sent_in(self) -> bool {
        !matches!(self, Self::Draft | Self::Withdrawn)
    }

    /// Whether a branch head has accepted it, whatever has become of it since.
    pub const fn is_accepted(self) -> bool {
        self.is_sent_in() && !matches!(self, Self::Submitted | Self::Returned | Self::Rejected)
    }
}
