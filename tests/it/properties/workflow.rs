//! Any deeds of any people, in any order: the registration goes as the pure function of the workflow says, step by step,
//! and whatever is refused changes nothing.

use entity::vocabulary::{Channel, RegistrationAction as Action, RegistrationState as State, Role};
use khuyenhoc::registration::workflow::{begins, next};
use proptest::collection::vec;
use proptest::sample::select;
use serde_json::{Value, json};
use tests::client::{Answer, Client};
use tests::database::Kind;
use tests::factory::{World, YEAR, appoint, ask, create_household, mutate};

use super::hold;

const CASES: u32 = 24;
const MOST_STEPS: usize = 12;

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
}

/// Families and heads are drawn more often: only what they do leads on.
const PEOPLE: [Who; 8] = [
    Who::Family,
    Who::Family,
    Who::Family,
    Who::Head,
    Who::Head,
    Who::Head,
    Who::OtherHead,
    Who::Officer,
];

/// What is tried: an action, and whether registering is the way to it.
const DEEDS: [(Action, bool); 7] = [
    (Action::SaveDraft, true),
    (Action::Submit, true),
    (Action::Submit, false),
    (Action::Withdraw, false),
    (Action::Approve, false),
    (Action::Return, false),
    (Action::Reject, false),
];

/// A registration as it should be.
#[derive(Debug, Clone, Default)]
struct Model {
    state: Option<State>,
    channel: Option<Channel>,
    /// What the journal says: action, from, to, role.
    journal: Vec<[Value; 4]>,
}

impl Model {
    /// What must come of a deed, as the API says it; the model goes on if it is applied.
    fn step(&mut self, who: Who, (action, registering): (Action, bool), fresh: bool) -> &'static str {
        let deciding = matches!(action, Action::Approve | Action::Return | Action::Reject);
        match who {
            Who::Officer => return "FORBIDDEN",
            Who::Family if deciding => return "FORBIDDEN",
            Who::OtherHead => return "NOT_FOUND",
            _ => {}
        }
        let familys_draft = self.state == Some(State::Draft) && self.channel == Some(Channel::Phone);
        let of_another = who == Who::Head && familys_draft && !deciding;
        let to = next(self.state, action).ok();
        let begins = begins(self.state, action);
        let to = match to {
            Some(to) if registering && begins && !of_another => to,
            _ if registering => return "ALREADY_REGISTERED",
            _ if !fresh => return "STALE",
            _ if of_another => return "NOT_FOUND",
            Some(to) => to,
            None => return "NOT_IN_THIS_STATE",
        };
        let (role, channel) = match who {
            Who::Family => (Role::Family, Channel::Phone),
            _ => (Role::BranchHead, Channel::Paper),
        };
        let from = self.state.map(State::as_str);
        self.journal.push([
            json!(action.as_str()),
            json!(from),
            json!(to.as_str()),
            json!(role.as_str()),
        ]);
        self.state = Some(to);
        if begins {
            self.channel = Some(channel);
        }
        "APPLIED"
    }
}

/// Does something by the API: the outcome in one word, whether it is an error's or not, and the registration's id if it
/// was told.
async fn act(
    client: &Client,
    (action, registering): (Action, bool),
    (household, id): (&str, &str),
    version: usize,
) -> (String, Option<String>) {
    let (field, input) = match action {
        _ if registering => (
            "registerHousehold",
            json!({"householdId": household, "year": YEAR, "asDraft": action == Action::SaveDraft}),
        ),
        Action::Submit => ("submitRegistration", json!({"id": id, "expectedVersion": version})),
        Action::Withdraw => ("withdrawRegistration", json!({"id": id, "expectedVersion": version})),
        _ => {
            let mut input = json!({"items": [{"id": id, "expectedVersion": version}]});
            let field = match action {
                Action::Approve => "approveRegistrations",
                Action::Return => "returnRegistrations",
                _ => "rejectRegistrations",
            };
            if action != Action::Approve {
                input["reason"] = json!("Thử");
            }
            (field, input)
        }
    };
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

on_both! {
    async fn a_registration_goes_as_the_workflow_says(kind) {
        let world = World::build(kind).await;
        let (branch, tenant) = (world.branch(0, 0, 0), world.district(0).tenant);
        let steps = vec((select(&PEOPLE), select(&DEEDS), proptest::bool::weighted(0.85)), 1..=MOST_STEPS);
        hold(CASES, &steps, async |steps| {
            let family = appoint(&world.app, tenant, &branch.unit, Role::Family, "Tô Thị Bước", None).await.client;
            let household = create_household(&family, json!({"headName": "Tô Thị Bước", "address": "Số 1"})).await;
            let (mut model, mut id): (_, Option<String>) = (Model::default(), None);
            for (who, deed, fresh) in steps {
                // before there is one, there is nothing to name
                if id.is_none() && !deed.1 {
                    continue;
                }
                let client = match who {
                    Who::Family => &family,
                    Who::Head => &branch.head.client,
                    Who::OtherHead => &world.branch(0, 0, 1).head.client,
                    Who::Officer => &world.ward(0, 0).officer.client,
                };
                let version = model.journal.len() + usize::from(!fresh);
                let expected = model.step(who, deed, fresh);
                let known = id.clone().unwrap_or_default();
                let (outcome, told) = act(client, deed, (&household, &known), version).await;
                assert_eq!(outcome, expected, "{who:?} {deed:?} {model:?}");
                id = id.or(told);
                if let Some(id) = &id {
                    assert_as(&model, &ask(&world.ward(0, 0).officer.client, "registration", json!({"id": id})).await.ok());
                }
            }
        });
        world.app.assert_counters().await;
    }
}
