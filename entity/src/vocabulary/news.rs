//! Words for what people are told.

use sea_orm::{DeriveActiveEnum, EnumIter};

words! {
    /// What a notice says.
    NoticeKind {
        /// An officer has given out a code to get back in with.
        RecoveryIssued = "RECOVERY_ISSUED",
        /// Somebody has got back in with such a code.
        Recovered = "RECOVERED",
        /// A copied token was used, and the session was ended.
        TokenCopied = "TOKEN_COPIED",
        /// An officer has ended the sessions.
        SessionsEndedByOfficer = "SESSIONS_ENDED_BY_OFFICER",
        /// An officer or the operator has removed the second factor.
        SecondFactorRemoved = "SECOND_FACTOR_REMOVED",
        /// An officer has given a post.
        PostGiven = "POST_GIVEN",
        /// An officer has ended a post.
        PostEnded = "POST_ENDED",
        /// The phone number, never proven, was proven by somebody else: it signs in to this account no more.
        NumberTaken = "NUMBER_TAKEN",
        /// The owner has changed the password.
        PasswordChanged = "PASSWORD_CHANGED",
        /// A second factor came into force, or took the place of another.
        SecondFactorSet = "SECOND_FACTOR_SET",
        /// A recovery code of the second factor was used up.
        RecoveryCodeUsed = "RECOVERY_CODE_USED",
        /// Another account has joined a household.
        HouseholdJoined = "HOUSEHOLD_JOINED",
        /// To the subject: the registration was sent in.
        RegistrationSubmitted = "REGISTRATION_SUBMITTED",
        /// To the subject: the branch has approved it.
        RegistrationApproved = "REGISTRATION_APPROVED",
        /// To the subject: it came back for correction.
        RegistrationReturned = "REGISTRATION_RETURNED",
        /// To the subject: it was refused.
        RegistrationRejected = "REGISTRATION_REJECTED",
        /// To the subject: it was taken back.
        RegistrationWithdrawn = "REGISTRATION_WITHDRAWN",
        /// To the subject: its own marks were handed in.
        MarksHandedIn = "MARKS_HANDED_IN",
        /// To the subject: its own marks came back, to be given anew.
        MarksReturned = "MARKS_RETURNED",
        /// To the subject: the branch meeting has assessed it.
        RegistrationAssessed = "REGISTRATION_ASSESSED",
        /// To the subject: it is on the ward's list.
        RegistrationProposed = "REGISTRATION_PROPOSED",
        /// To the subject: the ward has sent it back to the step before.
        RegistrationSentBack = "REGISTRATION_SENT_BACK",
        /// To the subject: it has the title.
        RegistrationRecognised = "REGISTRATION_RECOGNISED",
        /// To the subject: it was not recognised.
        RegistrationNotRecognised = "REGISTRATION_NOT_RECOGNISED",
        /// To the subject: the title was taken away.
        TitleRevoked = "TITLE_REVOKED",
        /// To the subject: the last decision was taken back, it waits for another.
        DecisionUndone = "DECISION_UNDONE",
        /// To the subject: somebody complains.
        ComplaintEntered = "COMPLAINT_ENTERED",
        /// To the subject: a complaint was answered.
        ComplaintAnswered = "COMPLAINT_ANSWERED",
        /// To branch heads: registrations wait for approval.
        WaitingForApproval = "WAITING_FOR_APPROVAL",
        /// To branch heads: marked registrations wait for the meeting.
        WaitingForMeeting = "WAITING_FOR_MEETING",
        /// To branch heads: the ward has sent registrations back to the branch.
        SentBackToBranch = "SENT_BACK_TO_BRANCH",
        /// To ward officers: assessed registrations wait to be put on a list.
        WaitingForList = "WAITING_FOR_LIST",
        /// To ward officers: listed registrations wait for the decision.
        WaitingForDecision = "WAITING_FOR_DECISION",
        /// To ward officers: complaints wait for an answer.
        ComplaintsWaiting = "COMPLAINTS_WAITING",
        /// To ward officers: complaints were answered.
        ComplaintsAnswered = "COMPLAINTS_ANSWERED",
    }
    /// What an entry of the outbox tells of.
    OutboxTopic {
        /// A step on a registration.
        Step = "STEP",
        /// A complaint was entered.
        ComplaintEntered = "COMPLAINT_ENTERED",
        /// A complaint was answered.
        ComplaintAnswered = "COMPLAINT_ANSWERED",
    }
    /// What has become of a pushed message.
    DeliveryState {
        /// On its way: it has not been sent, or is tried again.
        Waiting = "WAITING",
        /// The gateway has taken it.
        Sent = "SENT",
        /// The gateway has refused it too often.
        GivenUp = "GIVEN_UP",
        /// The device is not there any more.
        Unregistered = "UNREGISTERED",
    }
}
