//! A made-up evening: everything that can be done to records, in any order, by several people, while three phones pull pages
//! of any size. At the end each copy is, field by field, the one that a new phone begins.

use serde_json::{Value, json};
use tests::app::moment;
use tests::client::Client;
use tests::database::Kind;
use tests::factory::{World, YEAR, create_household, decide, family_marks, mutate, publish_shipped, register};
use tests::titles::AUTUMN;
use uuid::Uuid;

use super::phone::{Phone, Pulled};

/// What has been made.
#[derive(Default)]
struct Made {
    households: Vec<String>,
    citizens: Vec<String>,
    collectives: Vec<String>,
    registrations: Vec<String>,
    citizens_registrations: Vec<String>,
}

const STEPS: u32 = 130;

/// The same throws in every run (Knuth's linear congruence).
struct Dice(u64);

impl Dice {
    /// A number below one.
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % end
    }

    /// One of those there are.
    fn one<'a>(&mut self, of: &'a [String]) -> Option<&'a String> {
        if of.is_empty() {
            None
        } else {
            of.get(self.below(of.len()))
        }
    }
}

on_both! {
    async fn a_copy_that_was_brought_up_to_date_is_the_one_begun_anew(kind) {
        for seed in [1, 2] {
            walk(kind, seed).await;
        }
    }
}

async fn walk(kind: Kind, seed: u64) {
    let world = World::build(kind).await;
    publish_shipped(&world.officer.client, "family-448-2015").await;
    let mut dice = Dice(seed);
    let mut made = Made::default();
    let (branch, ward) = (world.branch(0, 0, 0), world.ward(0, 0));
    let watchers = [
        &branch.head.client,
        &ward.officer.client,
        &branch.family.client,
        &world.branch(0, 1, 0).head.client,
    ];
    let mut phones = Vec::new();
    for client in watchers {
        phones.push((client, Phone::new(client).await));
    }
    made.households.push(branch.household.clone());
    made.registrations.push(branch.registration.clone());
    for step in 0..STEPS {
        if step == STEPS / 2 {
            world.app.clock.set(moment(AUTUMN));
        }
        act(&world, &mut made, &mut dice).await;
        let at = dice.below(phones.len() * 3);
        if let Some((client, phone)) = phones.get_mut(at) {
            let first = 1 + dice.below(7);
            // sometimes one page alone, and sometimes its answer is lost
            let answer = phone.page(client, first).await.ok();
            if dice.below(5) > 0 {
                phone.take(&answer, &mut Pulled::default());
            }
        }
    }
    for (client, phone) in &mut phones {
        phone.pull(client, 1 + dice.below(49)).await;
        let fresh = Phone::new(client).await;
        assert_eq!(phone.store, fresh.store);
    }
    // it was an evening on which something happened
    assert!(
        phones[1].1.store.records.len() > 20,
        "{}",
        phones[1].1.store.records.len()
    );
}

/// Somebody does something, which may be refused.
async fn act(world: &World, made: &mut Made, dice: &mut Dice) {
    let branches = [world.branch(0, 0, 0), world.branch(0, 0, 1), world.branch(0, 1, 0)];
    let branch = branches[dice.below(3)];
    let head = &branch.head.client;
    let number = dice.below(1_000_000);
    let name = format!("Lê Thị {}", ["An", "Bình", "Cúc", "Dung"][dice.below(4)]);
    match dice.below(12) {
        0 | 1 => {
            let input = json!({"headName": name, "address": format!("Ngõ {number}"),
                "members": [{"name": name, "birth": "1970", "relation": "HEAD"}]});
            made.households.push(create_household(head, input).await);
        }
        2 => {
            let Some(id) = dice.one(&made.households) else { return };
            let address = format!("Số {number}");
            let members = json!([{"name": name, "birth": "1971", "relation": "HEAD"}]);
            correct(
                head,
                "household",
                "updateHousehold",
                id,
                json!({"address": address, "members": members}),
            )
            .await;
        }
        3 => {
            let Some(id) = dice.one(&made.households) else { return };
            let input =
                json!({"householdId": id, "name": name, "birth": "1990", "variant": "FARMER", "confirmDistinct": true});
            let answer = mutate(head, "createCitizen", input).await;
            made.citizens
                .extend(answer.data("createCitizen.citizen.id").as_str().map(str::to_owned));
        }
        4 => {
            let Some(id) = dice.one(&made.citizens) else { return };
            correct(head, "citizen", "updateCitizen", id, json!({"birth": "1989"})).await;
        }
        5 => {
            let input = json!({"kind": "COMMUNITY", "name": format!("Tổ {number}"), "headName": name, "address": "Số 1",
                "confirmDistinct": true});
            let answer = mutate(head, "createCollective", input).await;
            made.collectives.extend(
                answer
                    .data("createCollective.collective.id")
                    .as_str()
                    .map(str::to_owned),
            );
        }
        6 => {
            let Some(id) = dice.one(&made.collectives) else { return };
            correct(head, "collective", "updateCollective", id, json!({"headName": name})).await;
        }
        7..=10 => step(head, made, dice).await,
        _ => {
            let Some(id) = dice.one(&made.households) else { return };
            // a family that moves gets another post, and so another copy
            if branches.iter().any(|branch| branch.household == *id) {
                return;
            }
            let officer = &world.district(0).officer.client;
            correct(
                officer,
                "household",
                "moveHousehold",
                id,
                json!({"branchId": branch.unit}),
            )
            .await;
        }
    }
}

/// A branch head takes a step on registrations, which may be refused.
async fn step(head: &Client, made: &mut Made, dice: &mut Dice) {
    match dice.below(4) {
        0 => {
            let Some(id) = dice.one(&made.households) else { return };
            let answer = register(head, id, Uuid::new_v4()).await;
            made.registrations.extend(
                answer
                    .data("registerHousehold.registration.id")
                    .as_str()
                    .map(str::to_owned),
            );
            let Some(id) = dice.one(&made.citizens) else { return };
            let answer = mutate(head, "registerSubject", json!({"subjectId": id, "year": YEAR})).await;
            made.citizens_registrations.extend(
                answer
                    .data("registerSubject.registration.id")
                    .as_str()
                    .map(str::to_owned),
            );
        }
        1 => {
            let mut some: Vec<&str> = (0..3)
                .filter_map(|_| dice.one(&made.registrations))
                .map(String::as_str)
                .collect();
            some.sort_unstable();
            some.dedup();
            let field = ["approveRegistrations", "approveRegistrations", "returnRegistrations"][dice.below(3)];
            decide(head, field, &some).await;
        }
        2 => {
            let Some(id) = dice.one(&made.registrations) else {
                return;
            };
            let draft =
                json!({"registrationId": id, "marks": family_marks(if dice.below(2) == 0 { 4.0 } else { 9.0 })});
            mutate(head, "saveScoreSheet", draft).await;
            if dice.below(3) == 0 {
                mutate(
                    head,
                    "submitScoreSheet",
                    json!({"registrationId": id, "expectedVersion": 1}),
                )
                .await;
            }
        }
        _ => {
            let Some(id) = dice.one(&made.registrations) else {
                return;
            };
            correct(head, "registration", "withdrawRegistration", id, json!({})).await;
        }
    }
}

/// Changes a record as it stands, if it is seen.
async fn correct(client: &Client, kind: &str, field: &str, id: &str, mut input: Value) {
    let asked = format!("query ($id: ID!) {{ {kind}(id: $id) {{ version }} }}");
    let seen = client.run(&asked, json!({"id": id})).await;
    if let Some(version) = seen.data(&format!("{kind}.version")).as_i64() {
        input["id"] = json!(id);
        input["expectedVersion"] = json!(version);
        mutate(client, field, input).await;
    }
}
