//! The first journey through the API, step by step: the terminal shows it as `curl` commands, the explorer as examples.

use entity::vocabulary::Role;
use serde_json::{Map, Value, json};

use crate::demo::ACCOUNTS;

/// A text that stands for a new UUID each time the request is sent.
pub(super) const NEW_ID: &str = "{{uuid}}";

/// One request of the journey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What happens, in Vietnamese.
    pub title_vi: &'static str,
    /// What happens, in English.
    pub title_en: &'static str,
    /// The phone number of the demo account that does it.
    pub phone: &'static str,
    /// The GraphQL document.
    pub query: &'static str,
    /// Its variables as JSON, in which `$NAME` stands for what an earlier answer gave and `{{uuid}}` for a new UUID.
    pub variables: String,
    /// What later steps need of the answer.
    pub keep: &'static [Keep],
}

/// A value of an answer that later steps refer to: what they call it, in capital letters, and the fields that lead to it.
///
/// Each field but the last is the first of its object, and of a list the first element is meant; where the first field
/// occurs more than once, the last occurrence is.
pub type Keep = (&'static str, &'static [&'static str]);

const FAMILY: &str = "0900000002";
const RETURNED_FAMILY: &str = "0900000001";
const BRANCH_HEAD: &str = "0900000004";
const WARD_OFFICER: &str = "0900000005";
const DISTRICT_OFFICER: &str = "0900000006";
const CITY_LEADER: &str = "0900000008";

const REGISTER: &str = "mutation Register($input: RegisterHouseholdInput!) {
  registerHousehold(input: $input) { outcome registration { id version state } }
}";
const PROGRESS: &str = "query Progress($unitId: ID, $year: Int!) {
  progress(unitId: $unitId, year: $year) {
    unit { name } subjects counts { registered approved notRegistered } target { basisPoints }
    children(first: 100) { nodes { unit { id name } subjects counts { registered approved notRegistered } } }
  }
}";

/// All steps, for a programme year that is open.
pub fn journey(year: i32) -> Vec<Step> {
    [families(year), branch_head(year), officers(year)].concat()
}

fn families(year: i32) -> Vec<Step> {
    vec![
        Step {
            title_vi: "Gia đình xem mình là ai, có hộ nào",
            title_en: "A family reads who it is and which household it has",
            phone: FAMILY,
            query: "query Viewer {
  viewer { name actingPost { role unit { name } } households { id headName registrations { year state } } }
}",
            variables: "{}".to_owned(),
            keep: &[("HOUSEHOLD", &["households", "id"])],
        },
        Step {
            title_vi: "Gia đình đăng ký Gia đình học tập",
            title_en: "It registers for the title",
            phone: FAMILY,
            query: REGISTER,
            variables: format!(
                r#"{{"input":{{"idempotencyKey":"{NEW_ID}","householdId":"$HOUSEHOLD","year":{year}}}}}"#
            ),
            keep: &[
                ("REGISTRATION", &["registration", "id"]),
                ("VERSION", &["registration", "version"]),
            ],
        },
        Step {
            title_vi: "Gia đình xem bản đăng ký đang ở đâu",
            title_en: "It sees where the registration stands",
            phone: FAMILY,
            query: "query Status($id: ID!) {
  registration(id: $id) { state stateSince journal { action toState actorName at } }
}",
            variables: r#"{"id":"$REGISTRATION"}"#.to_owned(),
            keep: &[],
        },
        Step {
            title_vi: "Gia đình rút bản đăng ký",
            title_en: "It takes the registration back",
            phone: FAMILY,
            query: "mutation Withdraw($input: WithdrawRegistrationInput!) {
  withdrawRegistration(input: $input) { outcome registration { version state reason } }
}",
            variables: format!(
                r#"{{"input":{{"idempotencyKey":"{NEW_ID}","id":"$REGISTRATION","expectedVersion":$VERSION,"reason":"Gia đình sẽ đăng ký sau"}}}}"#
            ),
            keep: &[],
        },
        Step {
            title_vi: "Gia đình khác xem vì sao bản đăng ký bị trả lại",
            title_en: "Another family reads why its registration was returned",
            phone: RETURNED_FAMILY,
            query: "query Returned {
  viewer { households { headName registrations { id version year state reason } } }
}",
            variables: "{}".to_owned(),
            keep: &[
                ("RETURNED", &["registrations", "id"]),
                ("RETURNED_VERSION", &["registrations", "version"]),
            ],
        },
        Step {
            title_vi: "Gia đình sửa và nộp lại",
            title_en: "It corrects it and sends it in again",
            phone: RETURNED_FAMILY,
            query: "mutation Submit($input: SubmitRegistrationInput!) {
  submitRegistration(input: $input) { outcome registration { version state } }
}",
            variables: format!(
                r#"{{"input":{{"idempotencyKey":"{NEW_ID}","id":"$RETURNED","expectedVersion":$RETURNED_VERSION,"note":"Đã bổ sung kế hoạch học tập"}}}}"#
            ),
            keep: &[],
        },
    ]
}

fn branch_head(year: i32) -> Vec<Step> {
    vec![
        Step {
            title_vi: "Chi hội trưởng xem các bản đăng ký chờ duyệt, lâu nhất trước",
            title_en: "The branch head reads what waits, longest waiting first",
            phone: BRANCH_HEAD,
            query: "query Pending($year: Int!) {
  registrations(year: $year, first: 3) {
    totalCount pageInfo { hasNextPage endCursor }
    edges { node { id version channel household { headName address } } }
  }
}",
            variables: format!(r#"{{"year":{year}}}"#),
            keep: &[("PENDING", &["edges", "node", "id"])],
        },
        Step {
            title_vi: "Chi hội trưởng duyệt (nhiều bản một lần)",
            title_en: "The branch head approves, many at once",
            phone: BRANCH_HEAD,
            query: "mutation Approve($input: ApproveRegistrationsInput!) {
  approveRegistrations(input: $input) { outcome results { id outcome message registration { state } } }
}",
            variables: format!(r#"{{"input":{{"idempotencyKey":"{NEW_ID}","items":[{{"id":"$RETURNED"}}]}}}}"#),
            keep: &[],
        },
        Step {
            title_vi: "Chi hội trưởng trả lại, có lý do",
            title_en: "The branch head returns one with a reason",
            phone: BRANCH_HEAD,
            query: "mutation Return($input: RefuseRegistrationsInput!) {
  returnRegistrations(input: $input) { outcome results { outcome message registration { state reason } } }
}",
            variables: format!(
                r#"{{"input":{{"idempotencyKey":"{NEW_ID}","items":[{{"id":"$PENDING"}}],"reason":"Cần ghi rõ kế hoạch học tập của các con"}}}}"#
            ),
            keep: &[],
        },
        Step {
            title_vi: "Chi hội trưởng ghi một hộ không có điện thoại",
            title_en: "The branch head enters a family without a phone",
            phone: BRANCH_HEAD,
            query: "mutation Enter($input: CreateHouseholdInput!) {
  createHousehold(input: $input) { outcome household { id headName } duplicates { reason household { id headName } } }
}",
            variables: format!(
                r#"{{"input":{{"idempotencyKey":"{NEW_ID}","headName":"Nguyễn Thị Mận","address":"Số 12 ngõ 5 Hàng Bông","members":[{{"name":"Nguyễn Thị Mận","birth":"1958","relation":"HEAD"}}]}}}}"#
            ),
            keep: &[("PAPER", &["household", "id"])],
        },
        Step {
            title_vi: "Chi hội trưởng đăng ký thay (trên giấy)",
            title_en: "The branch head registers it on paper",
            phone: BRANCH_HEAD,
            query: REGISTER,
            variables: format!(r#"{{"input":{{"idempotencyKey":"{NEW_ID}","householdId":"$PAPER","year":{year}}}}}"#),
            keep: &[],
        },
        Step {
            title_vi: "Chi hội trưởng mời hộ đó tham gia bằng mã trên giấy",
            title_en: "The branch head invites it by a code on paper",
            phone: BRANCH_HEAD,
            query: "mutation Invite($input: CreateInvitationsInput!) {
  createInvitations(input: $input) { outcome results { outcome code qrText invitation { expiresAt } } }
}",
            variables: format!(r#"{{"input":{{"idempotencyKey":"{NEW_ID}","householdIds":["$PAPER"]}}}}"#),
            keep: &[],
        },
        Step {
            title_vi: "Chi hội trưởng tìm một gia đình quên mật khẩu",
            title_en: "The branch head looks for a family that has forgotten its password",
            phone: BRANCH_HEAD,
            query: "query People($search: String) {
  accountsBelow(search: $search, first: 3) { edges { node { id name maskedPhone lastSeenAt } } }
}",
            variables: r#"{"search":"binh"}"#.to_owned(),
            keep: &[("PERSON", &["edges", "node", "id"])],
        },
        Step {
            title_vi: "Chi hội trưởng cấp mã một lần để đặt lại mật khẩu",
            title_en: "The branch head gives out a one-time code for a new password",
            phone: BRANCH_HEAD,
            query: "mutation Help($input: IssueRecoveryCodeInput!) {
  issueRecoveryCode(input: $input) { outcome code expiresAt }
}",
            variables: format!(r#"{{"input":{{"idempotencyKey":"{NEW_ID}","accountId":"$PERSON"}}}}"#),
            keep: &[],
        },
        Step {
            title_vi: "Chi hội trưởng xem tài khoản của mình đang mở trên máy nào",
            title_en: "The branch head sees on which phones they are signed in",
            phone: BRANCH_HEAD,
            query: "query Sessions { mySessions { id deviceName platform address lastSeenAt isCurrent } }",
            variables: "{}".to_owned(),
            keep: &[],
        },
    ]
}

fn officers(year: i32) -> Vec<Step> {
    vec![
        Step {
            title_vi: "Cán bộ phường xem tiến độ từng chi hội",
            title_en: "The ward officer sees progress per branch",
            phone: WARD_OFFICER,
            query: PROGRESS,
            variables: format!(r#"{{"year":{year}}}"#),
            keep: &[],
        },
        Step {
            title_vi: "Cán bộ quận xem tiến độ từng phường",
            title_en: "The district officer sees progress per ward",
            phone: DISTRICT_OFFICER,
            query: PROGRESS,
            variables: format!(r#"{{"year":{year}}}"#),
            keep: &[("WARD", &["nodes", "unit", "id"])],
        },
        Step {
            title_vi: "Cán bộ quận xem sâu một phường",
            title_en: "The district officer looks into one ward",
            phone: DISTRICT_OFFICER,
            query: PROGRESS,
            variables: format!(r#"{{"unitId":"$WARD","year":{year}}}"#),
            keep: &[],
        },
        Step {
            title_vi: "Lãnh đạo thành phố so sánh các quận",
            title_en: "City leadership compares the districts",
            phone: CITY_LEADER,
            query: "query City($year: Int!) {
  cityOverview(year: $year, orderBy: SHARE_DESC) {
    districts {
      unit { id name } subjects
      counts { registered approved submitted returned rejected }
      share { numerator denominator basisPoints } target { basisPoints }
      previousYear { counts { approved } share { basisPoints } }
    }
  }
}",
            variables: format!(r#"{{"year":{year}}}"#),
            keep: &[("DISTRICT", &["districts", "unit", "id"])],
        },
        Step {
            title_vi: "Lãnh đạo thành phố xem sâu một quận",
            title_en: "City leadership looks into one district",
            phone: CITY_LEADER,
            query: PROGRESS,
            variables: format!(r#"{{"unitId":"$DISTRICT","year":{year}}}"#),
            keep: &[],
        },
    ]
}

/// The journey for the explorer, as its page wants it: `{title, role, login, query, variables, keep}`.
pub(in crate::command) fn examples(year: i32) -> Value {
    let example = |(number, step): (usize, Step)| {
        json!({
            "title": format!("{number}. {}", step.title_vi),
            "role": role_of(step.phone),
            "login": step.phone,
            "query": step.query,
            "variables": serde_json::from_str(&all_texts(&step.variables)).unwrap_or(Value::Null),
            "keep": step.keep.iter().map(|(name, path)| ((*name).to_owned(), json!(path))).collect::<Map<_, _>>(),
        })
    };
    (1..).zip(journey(year)).map(example).collect()
}

/// Who does it, in Vietnamese: the explorer shows the requests of a role together.
fn role_of(phone: &str) -> &'static str {
    let account = ACCOUNTS.iter().find(|account| account.phone == phone);
    match account.map(|account| account.role) {
        Some(Role::Family) => "Gia đình",
        Some(Role::BranchHead) => "Chi hội trưởng",
        Some(Role::WardOfficer) => "Cán bộ phường",
        Some(Role::DistrictOfficer) => "Cán bộ quận",
        Some(Role::CityOfficer) => "Cán bộ thành phố",
        Some(Role::CityLeader) => "Lãnh đạo thành phố",
        None => "",
    }
}

/// Variables in which each `$NAME` is a text, also one that stands for a number: JSON, as a page can read it.
fn all_texts(variables: &str) -> String {
    let mut pieces = variables.split(":$");
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (name, rest) = split_name(piece);
        text.push_str(&format!(":\"${name}\"{rest}"));
    }
    text
}

/// The name at the beginning of what stands behind a `$`, and what comes after it.
pub(super) fn split_name(text: &str) -> (&str, &str) {
    let of_name = |letter: char| letter.is_ascii_uppercase() || letter == '_';
    text.split_at(text.find(|letter| !of_name(letter)).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::guard::{Limits, Prepared};

    #[test]
    fn every_document_passes_the_guard() {
        for step in journey(2026) {
            let read = Prepared::read(step.query, &Limits::default());
            assert!(read.is_ok(), "{}: {:?}", step.title_en, read.err());
        }
    }

    #[test]
    fn every_step_has_its_account_and_what_it_needs() {
        let mut kept = Vec::new();
        for step in journey(2026) {
            assert!(
                ACCOUNTS.iter().any(|account| account.phone == step.phone),
                "{}",
                step.phone
            );
            for needed in step.variables.split('$').skip(1) {
                assert!(kept.contains(&split_name(needed).0), "{}: {needed}", step.title_en);
            }
            kept.extend(step.keep.iter().map(|(name, _)| name));
            assert!(!step.variables.contains('\'') && !step.query.contains('\''));
        }
    }

    #[test]
    fn every_example_has_variables() {
        assert!(
            examples(2026)
                .as_array()
                .unwrap()
                .iter()
                .all(|example| example["variables"].is_object() && example["role"] != "")
        );
    }
}
