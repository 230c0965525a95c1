//! Any deeds of any people, in any order: the registration goes as the pure function of the workflow says, step by step,
//! and whatever is refused changes nothing.

use std::collections::BTreeSet;
use std::sync::Mutex;

use entity::vocabulary::{Channel, RegistrationAction as Action, RegistrationState as State, Role};
use khuyenhoc::registration::{begins, next, returned_by};
use proptest::collection::vec;
use proptest::sample::select;
use serde_json::{Value, json};
use tests::app::moment;
use tests::client::{Answer, Client};
use tests::database::Kind;
use tests::factory::{World, YEAR, appoint, ask, create_household, mutate};
use tests::titles::{AUTUMN, decision, list, minutes, self_score};
use uuid::Uuid;

use super::hold;

const CASES: u32 = 32;
const MOST_STEPS: usize = 24;

/// Who does something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    /// The household's own family.
    Family,
    /// The head of its branch.
    Head,
    /// The head of another branch of the ward.
    OtherHead,
    /// The officer of its ward.
    Officer,
    /// Whoever leads it onward from where it stands, by what does.
    Guide,
}

/// The guide is drawn most often, or nothing would come as far as a title; then those whose deeds lead anywhere.
const PEOPLE: [Who; 14] = [
    Who::Guide,
    Who::Guide,
    Who::Guide,
    Who::Guide,
    Who::Guide,
    Who::Guide,
    Who::Family,
    Who::Family,
    Who::Head,
    Who::Head,
    Who::Head,
    Who::Officer,
    Who::Officer,
    Who::OtherHead,
];

/// What is tried: an action, and whether registering is the way to it.
const DEEDS: [(Action, bool); 15] = [
    (Action::SaveDraft, true),
    (Action::SaveDraft, true),
    (Action::SaveDraft, true),
    (Action::Submit, true),
    (Action::Submit, false),
    (Action::Withdraw, false),
    (Action::Approve, false),
    (Action::Return, false),
    (Action::Reject, false),
    (Action::Assess, false),
    (Action::Propose, false),
    (Action::Recognise, false),
    (Action::Decline, false),
    (Action::Revoke, false),
    (Action::Undo, false),
];

/// What leads on from a state, and who does it.
fn onward(state: Option<State>) -> Option<(Who, (Action, bool))> {
    let deed = match state {
        None | Some(State::Draft | State::Withdrawn) => (Who::Family, (Action::Submit, true)),
        Some(State::Returned) => (Who::Family, (Action::Submit, false)),
        Some(State::Submitted) => (Who::Head, (Action::Approve, false)),
        Some(State::Approved) => (Who::Head, (Action::SelfScore, false)),
        Some(State::SelfScored) => (Who::Head, (Action::Assess, false)),
        Some(State::BranchAssessed) => (Who::Officer, (Action::Propose, false)),
        Some(State::WardProposed) => (Who::Officer, (Action::Recognise, false)),
        Some(State::Recognised) => (Who::Officer, (Action::Revoke, false)),
        Some(State::Rejected | State::NotRecognised | State::Revoked) => return None,
    };
    Some(deed)
}

/// A registration as it should be.
#[derive(Debug, Clone, Default)]
struct Model {
    state: Option<State>,
    channel: Option<Channel>,
    /// Whether there is a score sheet.
    marked: bool,
    /// What the journal says: action, from, to, role.
    journal: Vec<[Value; 4]>,
}

impl Model {
    /// What must come of a deed, as the API says it; the model goes on if it is applied.
    fn step(&mut self, who: Who, (action, registering): (Action, bool), fresh: bool) -> &'static str {
        let heads = matches!(
            action,
            Action::Approve | Action::Return | Action::Reject | Action::Assess | Action::Undo
        );
        let officers = matches!(
            action,
            Action::Propose | Action::Recognise | Action::Decline | Action::Revoke
        );
        match who {
            Who::Officer if !officers && action != Action::Return => return "FORBIDDEN",
            Who::Family if heads || officers => return "FORBIDDEN",
            Who::Head | Who::OtherHead if officers => return "FORBIDDEN",
            Who::OtherHead => return "NOT_FOUND",
            _ => {}
        }
        let role = match who {
            Who::Family => Role::Family,
            Who::Officer => Role::WardOfficer,
            _ => Role::BranchHead,
        };
        let familys_draft = self.state == Some(State::Draft) && self.channel == Some(Channel::Phone);
        let of_another = who == Who::Head && familys_draft && !heads;
        let begins = begins(self.state, action);
        let to = match self.leads(action, role) {
            Ok(to) if registering && begins && !of_another => to,
            _ if registering => return "ALREADY_REGISTERED",
            _ if !fresh => return "STALE",
            _ if of_another => return "NOT_FOUND",
            Ok(to) => to,
            Err(rule) => return rule,
        };
        self.go(action, to, role);
        if begins {
            let by_family = who == Who::Family;
            self.channel = Some(if by_family { Channel::Phone } else { Channel::Paper });
        }
        "APPLIED"
    }

    /// Where an action leads, or the rule that says no.
    fn leads(&self, action: Action, role: Role) -> Result<State, &'static str> {
        let nothing = "NOT_IN_THIS_STATE";
        if action == Action::Undo {
            let decided = |line: &[Value; 4]| {
                let decision = ["APPROVE", "RETURN", "REJECT"].iter().any(|word| line[0] == *word);
                decision && line[1] == "SUBMITTED"
            };
            let last = self.journal.iter().rposition(decided).ok_or(nothing)?;
            return if last + 1 == self.journal.len() && !self.marked {
                Ok(State::Submitted)
            } else {
                Err("SOMETHING_BUILT_ON_IT")
            };
        }
        if action == Action::Return && self.state.and_then(returned_by) != Some(role) {
            return Err(nothing);
        }
        next(self.state, action).map_err(|_| nothing)
    }

    fn go(&mut self, action: Action, to: State, role: Role) {
        let from = self.state.map(State::as_str);
        self.journal.push([
            json!(action.as_str()),
            json!(from),
            json!(to.as_str()),
            json!(role.as_str()),
        ]);
        self.state = Some(to);
    }
}

/// Does something by the API: the outcome in one word, whether it is an error's or not, and the registration's id if it
/// was told.
async fn act(
    (client, who): (&Client, Who),
    (action, registering): (Action, bool),
    (world, household, id): (&World, &str, &str),
    version: usize,
) -> (String, Option<String>) {
    let items = json!([{"id": id, "expectedVersion": version}]);
    let reason = json!({"items": items, "reason": "Thử"});
    let number = Uuid::new_v4().to_string();
    let (ward, none) = (&world.ward(0, 0).unit, [].as_slice());
    let (field, mut input) = match action {
        _ if registering => (
            "registerHousehold",
            json!({"householdId": household, "year": YEAR, "asDraft": action == Action::SaveDraft}),
        ),
        Action::Submit => ("submitRegistration", json!({"id": id, "expectedVersion": version})),
        Action::Withdraw => ("withdrawRegistration", json!({"id": id, "expectedVersion": version})),
        Action::Approve => ("approveRegistrations", json!({})),
        Action::Return if who == Who::Officer => ("sendBackRegistrations", reason),
        Action::Return => ("returnRegistrations", reason),
        Action::Reject => ("rejectRegistrations", reason),
        Action::Decline => ("declineRegistrations", reason),
        Action::Undo => ("undoDecision", json!({})),
        Action::Propose => ("submitProposal", list(ward, &number, none)),
        Action::Recognise => ("enterRecognition", decision(ward, &number, none)),
        Action::Revoke => {
            let mut input = decision(ward, &number, none);
            input["reason"] = json!("Thử");
            ("revokeTitles", input)
        }
        _ => {
            let mut input = minutes(&world.branch(0, 0, 0).unit, &[id.to_owned()]);
            input["items"][0]["expectedVersion"] = json!(version);
            ("enterAssessment", input)
        }
    };
    if !registering && !matches!(action, Action::Submit | Action::Withdraw | Action::Assess) {
        input["items"] = items;
    }
    let answer = mutate(client, field, input).await;
    let item = answer.data(&format!("{field}.results.0"));
    let word = answer
        .rule()
        .or(answer.code())
        .or(item["rule"].as_str())
        .or(item["outcome"].as_str());
    let word = word.map_or_else(|| answer.text(&format!("{field}.outcome")), ToOwned::to_owned);
    let id = answer.data("registerHousehold.registration.id").as_str();
    (word, id.map(ToOwned::to_owned))
}

/// Fails unless the API shows the registration as the model has it.
fn assert_as(model: &Model, seen: &Answer) {
    let version = i64::try_from(model.journal.len()).expect("a number");
    assert_eq!(seen.number("registration.version"), version);
    assert_eq!(
        Some(seen.text("registration.state").as_str()),
        model.state.map(State::as_str)
    );
    assert_eq!(
        Some(seen.text("registration.channel").as_str()),
        model.channel.map(Channel::as_str)
    );
    let lines = seen.list("registration.journal");
    let told: Vec<[Value; 4]> = lines
        .iter()
        .map(|line| ["action", "fromState", "toState", "actorRole"].map(|name| line[name].clone()))
        .collect();
    assert_eq!(told, model.journal);
    for (at, line) in lines.iter().enumerate() {
        assert_eq!(line["version"], json!(at + 1));
        let before = if at == 0 {
            &Value::Null
        } else {
            &lines[at - 1]["toState"]
        };
        assert_eq!(&line["fromState"], before, "the chain is broken");
    }
}

/// Opens registering for the rest of the year, so that every step may be taken on one day.
async fn open_all(world: &World) {
    let window = json!({"phase": "REGISTRATION", "opensAt": "2026-01-05T00:00:00+07:00", "closesAt": "2026-12-31T00:00:00+07:00"});
    let change = json!({"year": YEAR, "windows": [window], "reason": "Thử"});
    mutate(&world.officer.client, "changeProgrammeYear", change).await.ok();
    world.app.clock.set(moment(AUTUMN));
}

on_both! {
    async fn a_registration_goes_as_the_workflow_says(kind) {
        let world = World::build(kind).await;
        open_all(&world).await;
        let (branch, tenant) = (world.branch(0, 0, 0), world.district(0).tenant);
        let reached = Mutex::new(BTreeSet::new());
        let steps = vec((select(&PEOPLE), select(&DEEDS), proptest::bool::weighted(0.85)), 1..=MOST_STEPS);
        hold(CASES, &steps, async |steps| {
            let family = appoint(&world.app, tenant, &branch.unit, Role::Family, "Tô Thị Bước", None).await.client;
            let household = create_household(&family, json!({"headName": "Tô Thị Bước", "address": "Số 1"})).await;
            let (mut model, mut id): (_, Option<String>) = (Model::default(), None);
            for (who, deed, fresh) in steps {
                let led = if who == Who::Guide { onward(model.state) } else { Some((who, deed)) };
                let Some((who, deed)) = led else {
                    continue;
                };
                // before there is one, there is nothing to name
                if id.is_none() && !deed.1 {
                    continue;
                }
                let known = id.clone().unwrap_or_default();
                if deed.0 == Action::SelfScore {
                    self_score(&world, &branch.head, std::slice::from_ref(&known)).await;
                    model.go(Action::SelfScore, State::SelfScored, Role::BranchHead);
                    model.marked = true;
                    continue;
                }
                let client = match who {
                    Who::Family => &family,
                    Who::OtherHead => &world.branch(0, 0, 1).head.client,
                    Who::Officer => &world.ward(0, 0).officer.client,
                    Who::Head | Who::Guide => &branch.head.client,
                };
                let version = model.journal.len() + usize::from(!fresh);
                let expected = model.step(who, deed, fresh);
                let (outcome, told) = act((client, who), deed, (&world, &household, &known), version).await;
                assert_eq!(outcome, expected, "{who:?} {deed:?} {model:?}");
                id = id.or(told);
                if let Some(id) = &id {
                    assert_as(&model, &ask(&world.ward(0, 0).officer.client, "registration", json!({"id": id})).await.ok());
                }
                reached.lock().expect("states").extend(model.state);
            }
        });
        let reached = reached.into_inner().expect("states");
        for state in State::ALL {
            assert!(*state == State::SelfScored || reached.contains(state), "never came to {state:?}");
        }
        world.app.assert_counters().await;
    }
}
