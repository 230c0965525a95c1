//! What notices say, in Vietnamese and in English: a title of a few words, which is all that a pushed message shows, and a
//! text. Names and reasons stand in the text only.

use entity::value::Language;
use entity::vocabulary::{LearningModel, NoticeKind};

use NoticeKind as Kind;

/// What a text tells beside its kind.
pub(super) struct Facts<'a> {
    /// Whose account it is about, where it is another's.
    pub name: Option<&'a str>,
    /// The title and the programme year.
    pub title: Option<(LearningModel, i32)>,
    /// How many it stands for.
    pub count: i32,
    /// Why.
    pub reason: Option<&'a str>,
}

/// The title.
pub fn title(kind: NoticeKind, language: Language) -> &'static str {
    let (vi, en) = titles(kind);
    match language {
        Language::Vi => vi,
        Language::En => en,
    }
}

#[rustfmt::skip]
const fn titles(kind: NoticeKind) -> (&'static str, &'static str) {
    match kind {
        Kind::RecoveryIssued => ("Mã lấy lại tài khoản đã được cấp", "A recovery code was given out"),
        Kind::Recovered => ("Tài khoản đã được lấy lại", "The account was recovered"),
        Kind::TokenCopied => ("Phát hiện đăng nhập lạ", "A copied sign-in was found"),
        Kind::SessionsEndedByOfficer => ("Cán bộ hội đã đăng xuất các thiết bị", "An officer signed the devices out"),
        Kind::SecondFactorRemoved => ("Xác thực hai lớp đã được gỡ", "The second factor was removed"),
        Kind::PostGiven => ("Có phân công mới", "A new post"),
        Kind::PostEnded => ("Phân công kết thúc", "A post has ended"),
        Kind::NumberTaken => ("Số điện thoại đã thuộc về người khác", "The phone number is somebody else's now"),
        Kind::PasswordChanged => ("Mật khẩu đã được đổi", "The password was changed"),
        Kind::SecondFactorSet => ("Xác thực hai lớp đã được bật", "A second factor is in force"),
        Kind::RecoveryCodeUsed => ("Một mã dự phòng đã được dùng", "A recovery code was used"),
        Kind::HouseholdJoined => ("Có thêm người quản lý gia đình", "Another account manages the household"),
        Kind::RegistrationSubmitted => ("Bản đăng ký đã được gửi", "The registration was sent in"),
        Kind::RegistrationApproved => ("Bản đăng ký đã được duyệt", "The registration was approved"),
        Kind::RegistrationReturned => ("Bản đăng ký cần bổ sung", "The registration needs a correction"),
        Kind::RegistrationRejected => ("Bản đăng ký không được chấp nhận", "The registration was not accepted"),
        Kind::RegistrationWithdrawn => ("Bản đăng ký đã được rút", "The registration was withdrawn"),
        Kind::MarksHandedIn => ("Phiếu tự chấm điểm đã được gửi", "The score sheet was handed in"),
        Kind::MarksReturned => ("Phiếu tự chấm điểm cần xem lại", "The score sheet came back"),
        Kind::RegistrationAssessed => ("Chi hội đã họp bình xét", "The branch meeting has assessed"),
        Kind::RegistrationProposed => ("Đã có trong danh sách đề nghị công nhận", "On the list for recognition"),
        Kind::RegistrationSentBack => ("Hồ sơ được xem xét lại", "The registration is looked at again"),
        Kind::RegistrationRecognised => ("Chúc mừng danh hiệu mới!", "Congratulations on the title!"),
        Kind::RegistrationNotRecognised => ("Chưa được công nhận danh hiệu", "The title was not given"),
        Kind::TitleRevoked => ("Danh hiệu đã bị thu hồi", "The title was taken away"),
        Kind::DecisionUndone => ("Quyết định vừa rồi đã được rút lại", "The last decision was taken back"),
        Kind::ComplaintEntered => ("Có ý kiến về kết quả bình xét", "Somebody has objected"),
        Kind::ComplaintAnswered => ("Ý kiến đã được trả lời", "The objection was answered"),
        Kind::WaitingForApproval => ("Có bản đăng ký chờ duyệt", "Registrations wait for approval"),
        Kind::WaitingForMeeting => ("Có hồ sơ chờ họp bình xét", "Registrations wait for the meeting"),
        Kind::SentBackToBranch => ("Có hồ sơ chuyển lại chi hội", "Registrations came back to the branch"),
        Kind::WaitingForList => ("Có hồ sơ chờ lập danh sách", "Registrations wait to be listed"),
        Kind::WaitingForDecision => ("Có hồ sơ chờ quyết định công nhận", "Registrations wait for the decision"),
        Kind::ComplaintsWaiting => ("Có ý kiến chờ trả lời", "Objections wait for an answer"),
        Kind::ComplaintsAnswered => ("Có ý kiến đã được trả lời", "Objections were answered"),
    }
}

/// The text.
pub(super) fn text(kind: NoticeKind, facts: &Facts<'_>, language: Language) -> String {
    let mut text = match (facts.title, language) {
        (Some(title), Language::Vi) => step_in_vietnamese(kind, title, facts.count),
        (Some(title), Language::En) => step_in_english(kind, title, facts.count),
        (None, Language::Vi) => named("Tài khoản", facts.name, of_account(kind).0),
        (None, Language::En) => named("Account", facts.name, of_account(kind).1),
    };
    if let Some(reason) = facts.reason {
        text.push_str(match language {
            Language::Vi => " Lý do: ",
            Language::En => " The reason: ",
        });
        text.push_str(reason);
    }
    text
}

fn named(account: &str, name: Option<&str>, sentence: &str) -> String {
    name.map_or_else(|| sentence.to_owned(), |name| format!("{account} {name}: {sentence}"))
}

#[rustfmt::skip]
const fn of_account(kind: NoticeKind) -> (&'static str, &'static str) {
    match kind {
        Kind::RecoveryIssued => ("Cán bộ hội vừa cấp một mã để lấy lại tài khoản. Nếu không phải do bạn nhờ, hãy báo ngay cho chi hội trưởng.",
            "An officer has given out a code to get back in with. If nobody asked for it, tell the branch head at once."),
        Kind::Recovered => ("Tài khoản đã được lấy lại bằng mã do cán bộ hội cấp, với mật khẩu mới.",
            "Somebody got back in with an officer's code, with a new password."),
        Kind::TokenCopied => ("Một bản sao của lần đăng nhập đã bị dùng; thiết bị đó đã được đăng xuất. Hãy đổi mật khẩu.",
            "A copy of a sign-in was used; that device was signed out. Change the password."),
        Kind::SessionsEndedByOfficer => ("Cán bộ hội đã đăng xuất các thiết bị đang dùng. Hãy đăng nhập lại.",
            "An officer has signed the devices out. Sign in again."),
        Kind::SecondFactorRemoved => ("Xác thực hai lớp đã được gỡ khỏi tài khoản.", "The second factor was removed from the account."),
        Kind::PostGiven => ("Có phân công mới. Hãy mở ứng dụng để xem và nhận nhiệm vụ.", "A post was given. Open the app to see and accept it."),
        Kind::PostEnded => ("Một phân công đã kết thúc, hoặc đã có ngày kết thúc.", "A post has ended, or its end was set."),
        Kind::NumberTaken => ("Số điện thoại chưa được xác nhận này đã được người khác xác nhận; không dùng nó để đăng nhập ở đây được nữa.",
            "The phone number, never proven here, was proven by somebody else; it signs in here no more."),
        Kind::PasswordChanged => ("Mật khẩu vừa được đổi trong ứng dụng.", "The password was changed in the app."),
        Kind::SecondFactorSet => ("Xác thực hai lớp đã được bật hoặc thay mới.", "A second factor came into force, or took the place of another."),
        Kind::RecoveryCodeUsed => ("Một mã dự phòng của xác thực hai lớp đã được dùng.", "A recovery code of the second factor was used up."),
        Kind::HouseholdJoined => ("Một tài khoản nữa vừa tham gia quản lý gia đình.", "Another account has joined a household."),
        other => titles(other),
    }
}

fn step_in_vietnamese(kind: NoticeKind, (model, year): (LearningModel, i32), count: i32) -> String {
    let honour = match model {
        LearningModel::LearningFamily => "Gia đình học tập",
        LearningModel::LearningClan => "Dòng họ học tập",
        LearningModel::LearningUnit => "Đơn vị học tập",
        LearningModel::LearningCommunity => "Cộng đồng học tập",
        LearningModel::LearningCitizen => "Công dân học tập",
    };
    let of = format!("danh hiệu “{honour}” năm {year}");
    match kind {
        Kind::RegistrationSubmitted => format!("Bản đăng ký {of} đã được gửi tới chi hội và đang chờ duyệt."),
        Kind::RegistrationApproved => {
            format!("Chi hội trưởng đã duyệt bản đăng ký {of}. Xin cảm ơn và chúc học tập tiến bộ!")
        }
        Kind::RegistrationReturned => {
            format!("Chi hội trưởng gửi lại bản đăng ký {of} để bổ sung. Hãy sửa rồi gửi lại nhé.")
        }
        Kind::RegistrationRejected => format!("Rất tiếc, bản đăng ký {of} không được chấp nhận."),
        Kind::RegistrationWithdrawn => format!("Bản đăng ký {of} đã được rút."),
        Kind::MarksHandedIn => format!("Phiếu tự chấm điểm cho {of} đã được gửi, chờ chi hội họp bình xét."),
        Kind::MarksReturned => format!("Phiếu tự chấm điểm cho {of} được gửi lại để xem và chấm lại."),
        Kind::RegistrationAssessed => format!("Chi hội đã họp bình xét {of}. Mời xem kết quả trong ứng dụng."),
        Kind::RegistrationProposed => {
            format!("Hội khuyến học phường, xã đã đưa hồ sơ vào danh sách đề nghị công nhận {of}.")
        }
        Kind::RegistrationSentBack => format!("Hồ sơ {of} được chuyển lại bước trước để xem xét thêm."),
        Kind::RegistrationRecognised => format!("Chúc mừng! Ủy ban nhân dân phường, xã đã công nhận {of}."),
        Kind::RegistrationNotRecognised => format!("Rất tiếc, hồ sơ {of} chưa được công nhận lần này."),
        Kind::TitleRevoked => format!("Quyết định công nhận {of} đã bị thu hồi."),
        Kind::DecisionUndone => {
            format!("Quyết định vừa rồi về bản đăng ký {of} đã được rút lại; bản đăng ký đang chờ duyệt.")
        }
        Kind::ComplaintEntered => {
            format!("Có người nêu ý kiến về kết quả bình xét {of}. Hội khuyến học phường, xã sẽ xem và trả lời.")
        }
        Kind::ComplaintAnswered => format!("Ý kiến về kết quả bình xét {of} đã được trả lời. Mời xem trong ứng dụng."),
        Kind::WaitingForApproval => format!("Có {count} bản đăng ký mới {of} chờ chi hội duyệt."),
        Kind::WaitingForMeeting => format!("Có {count} hồ sơ {of} đã tự chấm điểm, chờ chi hội họp bình xét."),
        Kind::SentBackToBranch => format!("Phường, xã chuyển lại {count} hồ sơ {of} để chi hội họp bình xét lại."),
        Kind::WaitingForList => format!("Có {count} hồ sơ {of} chi hội đã bình xét, chờ lập danh sách đề nghị."),
        Kind::WaitingForDecision => format!("Có {count} hồ sơ {of} trong danh sách đề nghị, chờ quyết định công nhận."),
        Kind::ComplaintsWaiting => format!("Có {count} ý kiến về kết quả bình xét {of} chờ trả lời."),
        Kind::ComplaintsAnswered => format!("Có {count} ý kiến về kết quả bình xét {of} đã được trả lời."),
        account => of_account(account).0.to_owned(),
    }
}

fn step_in_english(kind: NoticeKind, (model, year): (LearningModel, i32), count: i32) -> String {
    let honour = match model {
        LearningModel::LearningFamily => "Learning Family",
        LearningModel::LearningClan => "Learning Clan",
        LearningModel::LearningUnit => "Learning Unit",
        LearningModel::LearningCommunity => "Learning Community",
        LearningModel::LearningCitizen => "Learning Citizen",
    };
    let of = format!("{honour} {year}");
    let some = if count == 1 {
        format!("1 registration for {of}")
    } else {
        format!("{count} registrations for {of}")
    };
    let objections = if count == 1 { "1 objection" } else { "Some objections" };
    match kind {
        Kind::RegistrationSubmitted => format!("The registration for {of} is with the branch and waits for approval."),
        Kind::RegistrationApproved => format!("The branch head has approved the registration for {of}."),
        Kind::RegistrationReturned => format!("The branch head asks for a correction of the registration for {of}."),
        Kind::RegistrationRejected => format!("The registration for {of} was not accepted."),
        Kind::RegistrationWithdrawn => format!("The registration for {of} was withdrawn."),
        Kind::MarksHandedIn => format!("The score sheet for {of} was handed in and waits for the branch meeting."),
        Kind::MarksReturned => format!("The score sheet for {of} came back to be marked anew."),
        Kind::RegistrationAssessed => {
            format!("The branch meeting has assessed the registration for {of}; see the result in the app.")
        }
        Kind::RegistrationProposed => format!("The registration for {of} is on the ward's list for recognition."),
        Kind::RegistrationSentBack => format!("The registration for {of} went back a step, to be looked at again."),
        Kind::RegistrationRecognised => {
            format!("Congratulations! The ward People's Committee has given the title {of}.")
        }
        Kind::RegistrationNotRecognised => format!("The registration for {of} was not recognised this time."),
        Kind::TitleRevoked => format!("The title {of} was taken away."),
        Kind::DecisionUndone => {
            format!("The last decision on the registration for {of} was taken back; it waits for approval.")
        }
        Kind::ComplaintEntered => format!("Somebody objects to the assessment for {of}; the ward will answer."),
        Kind::ComplaintAnswered => format!("The objection to the assessment for {of} was answered; see the app."),
        Kind::WaitingForApproval => format!("New: {some}, to be approved by the branch."),
        Kind::WaitingForMeeting => format!("New: {some}, marked and to be assessed by the branch meeting."),
        Kind::SentBackToBranch => format!("The ward has sent back {some}, to be assessed again."),
        Kind::WaitingForList => format!("New: {some}, assessed and to be put on a list."),
        Kind::WaitingForDecision => format!("New: {some}, listed and waiting for the decision."),
        Kind::ComplaintsWaiting => format!("{objections} to assessments for {of}, to be answered: {count}."),
        Kind::ComplaintsAnswered => format!("{objections} to assessments for {of}, answered: {count}."),
        account => of_account(account).1.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(kind: NoticeKind, title: Option<(LearningModel, i32)>, reason: Option<&str>) -> [String; 2] {
        let facts = Facts {
            name: None,
            title,
            count: 12,
            reason,
        };
        [Language::Vi, Language::En].map(|language| text(kind, &facts, language))
    }

    #[test]
    fn every_kind_says_something_in_both_languages() {
        for kind in NoticeKind::ALL {
            let [vi, en] = [Language::Vi, Language::En].map(|language| title(*kind, language));
            assert!(
                vi != en && vi.chars().count() <= 45 && en.chars().count() <= 45,
                "{kind:?}"
            );
            for title in [None, Some((LearningModel::LearningFamily, 2026))] {
                let [vi, en] = said(*kind, title, None);
                assert!(vi != en && !vi.is_empty() && !en.is_empty(), "{kind:?}");
            }
        }
    }

    #[test]
    fn reasons_and_names_stand_in_the_text() {
        let family = Some((LearningModel::LearningFamily, 2026));
        let [vi, en] = said(Kind::RegistrationReturned, family, Some("Thiếu địa chỉ"));
        assert!(
            vi.ends_with("Lý do: Thiếu địa chỉ") && vi.contains("Gia đình học tập"),
            "{vi}"
        );
        assert!(en.ends_with("The reason: Thiếu địa chỉ"), "{en}");
        let facts = Facts {
            name: Some("Lê Văn An"),
            title: None,
            count: 1,
            reason: None,
        };
        assert!(text(Kind::Recovered, &facts, Language::Vi).starts_with("Tài khoản Lê Văn An: "));
    }

    #[test]
    fn desks_hear_how_many() {
        let family = Some((LearningModel::LearningFamily, 2026));
        for kind in [Kind::WaitingForApproval, Kind::WaitingForList, Kind::ComplaintsWaiting] {
            for text in said(kind, family, None) {
                assert!(text.contains("12"), "{text}");
            }
        }
    }
}
