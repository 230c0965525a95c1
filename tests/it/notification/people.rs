//! Who hears what of each step, and who does not.

use entity::vocabulary::Role;
use serde_json::{Value, json};
use tests::app::{START, moment};
use tests::database::Kind;
use tests::factory::{Person, World, appoint, create_account, create_household, decide, mutate, register};
use tests::titles::{AUTUMN, assess, decision, items, propose, recognise, self_score};
use uuid::Uuid;

use super::{everybody_reads, kinds, read, unread};

/// A family's registration with all whom its steps concern: two heads of its branch, two officers of its ward.
struct Stage {
    world: World,
    second_head: Person,
    second_officer: Person,
}

impl Stage {
    async fn build(kind: Kind) -> Self {
        let world = World::build(kind).await;
        let (tenant, branch, ward) = (world.district(0).tenant, world.branch(0, 0, 0), world.ward(0, 0));
        let second_head = appoint(&world.app, tenant, &branch.unit, Role::BranchHead, "Bùi Thị Hai", None).await;
        let second_officer = appoint(&world.app, tenant, &ward.unit, Role::WardOfficer, "Bùi Văn Ba", None).await;
        everybody_reads(&world).await;
        read(&second_head.client).await;
        let stage = Self {
            world,
            second_head,
            second_officer,
        };
        stage.hears([&[], &[], &[], &[], &[]]).await;
        stage
    }

    fn ids(&self) -> Vec<String> {
        vec![self.world.branch(0, 0, 0).registration.clone()]
    }

    /// Tells what has been done; then it is what these hear: the family, the heads, the officers. Nobody else hears anything.
    async fn hears(&self, expected: [&[&str]; 5]) {
        let world = &self.world;
        world.app.relay().await;
        let (branch, ward) = (world.branch(0, 0, 0), world.ward(0, 0));
        let concerned = [
            &branch.family.client,
            &branch.head.client,
            &self.second_head.client,
            &ward.officer.client,
            &self.second_officer.client,
        ];
        for (client, expected) in concerned.into_iter().zip(expected) {
            assert_eq!(kinds(client).await, expected);
            read(client).await;
        }
        let (neighbour, far) = (world.branch(0, 0, 1), world.branch(1, 0, 0));
        for person in [
            &neighbour.family,
            &neighbour.head,
            &world.ward(0, 1).officer,
            &world.district(0).officer,
            &far.family,
            &far.head,
            &world.ward(1, 0).officer,
            &world.officer,
            &world.leader,
        ] {
            assert_eq!(unread(&person.client).await, Vec::<Value>::new());
        }
    }
}

on_both! {
    async fn each_step_is_told_to_the_subject_and_to_the_next_desk(kind) {
        let stage = Stage::build(kind).await;
        let (world, ids) = (&stage.world, stage.ids());
        let (branch, ward) = (world.branch(0, 0, 0), world.ward(0, 0));
        let (head, officer) = (&branch.head.client, &ward.officer.client);
        let reason = json!({"items": items(&ids), "reason": "Xin xem lại"});

        decide(head, "returnRegistrations", &[&ids[0]]).await.ok();
        stage.hears([&["REGISTRATION_RETURNED"], &[], &[], &[], &[]]).await;
        mutate(head, "undoDecision", json!({"items": items(&ids)})).await.ok();
        stage.hears([&["DECISION_UNDONE"], &[], &["WAITING_FOR_APPROVAL"], &[], &[]]).await;
        decide(head, "returnRegistrations", &[&ids[0]]).await.ok();
        stage.hears([&["REGISTRATION_RETURNED"], &[], &[], &[], &[]]).await;
        // the family acts itself, and both heads hear of it
        mutate(&branch.family.client, "submitRegistration", json!({"id": ids[0], "expectedVersion": 4})).await.ok();
        let both: &[&str] = &["WAITING_FOR_APPROVAL"];
        stage.hears([&[], both, both, &[], &[]]).await;
        decide(head, "approveRegistrations", &[&ids[0]]).await.ok();
        stage.hears([&["REGISTRATION_APPROVED"], &[], &[], &[], &[]]).await;

        world.app.clock.set(moment(AUTUMN));
        self_score(world, &branch.head, &ids).await;
        stage.hears([&["MARKS_HANDED_IN"], &[], &["WAITING_FOR_MEETING"], &[], &[]]).await;
        mutate(head, "returnRegistrations", reason.clone()).await.ok();
        stage.hears([&["MARKS_RETURNED"], &[], &[], &[], &[]]).await;
        self_score(world, &branch.head, &ids).await;
        stage.hears([&["MARKS_HANDED_IN"], &[], &["WAITING_FOR_MEETING"], &[], &[]]).await;
        assess(branch, &ids, Value::Null).await.ok();
        let desk: &[&str] = &["WAITING_FOR_LIST"];
        stage.hears([&["REGISTRATION_ASSESSED"], &[], &[], desk, desk]).await;
        mutate(officer, "sendBackRegistrations", reason.clone()).await.ok();
        let back: &[&str] = &["SENT_BACK_TO_BRANCH"];
        stage.hears([&["REGISTRATION_SENT_BACK"], back, back, &[], &[]]).await;
        assess(branch, &ids, Value::Null).await.ok();
        stage.hears([&["REGISTRATION_ASSESSED"], &[], &[], desk, desk]).await;
        propose(officer, &ward.unit, "1", &ids).await.ok();
        stage.hears([&["REGISTRATION_PROPOSED"], &[], &[], &[], &["WAITING_FOR_DECISION"]]).await;
        mutate(officer, "declineRegistrations", reason.clone()).await.ok();
        stage.hears([&["REGISTRATION_NOT_RECOGNISED"], &[], &[], &[], &[]]).await;
        mutate(officer, "sendBackRegistrations", reason).await.ok();
        stage.hears([&["REGISTRATION_SENT_BACK"], &[], &[], &[], desk]).await;
        propose(officer, &ward.unit, "2", &ids).await.ok();
        recognise(officer, &ward.unit, "3", &ids).await.ok();
        let titles: &[&str] = &["REGISTRATION_PROPOSED", "REGISTRATION_RECOGNISED"];
        stage.hears([titles, &[], &[], &[], &["WAITING_FOR_DECISION"]]).await;
        let mut revoke = decision(&ward.unit, "4", &ids);
        revoke["reason"] = json!("Nhầm");
        mutate(officer, "revokeTitles", revoke).await.ok();
        stage.hears([&["TITLE_REVOKED"], &[], &[], &[], &[]]).await;
    }

    async fn complaints_reach_the_subject_and_the_ward(kind) {
        let stage = Stage::build(kind).await;
        let (world, ids) = (&stage.world, stage.ids());
        let (branch, ward) = (world.branch(0, 0, 0), world.ward(0, 0));
        decide(&branch.head.client, "approveRegistrations", &[&ids[0]]).await.ok();
        world.app.clock.set(moment(AUTUMN));
        self_score(world, &branch.head, &ids).await;
        assess(branch, &ids, Value::Null).await.ok();
        everybody_reads(world).await;
        read(&stage.second_head.client).await;
        read(&stage.second_officer.client).await;
        let complaint = json!({"registrationId": ids[0], "words": "Chấm chưa đúng", "complainantName": "Hàng Thị Xóm"});
        let entered = mutate(&branch.head.client, "enterComplaint", complaint).await.ok();
        let desk: &[&str] = &["COMPLAINTS_WAITING"];
        stage.hears([&["COMPLAINT_ENTERED"], &[], &[], desk, desk]).await;
        let answer = json!({"complaintId": entered.text("enterComplaint.complaint.id"), "upheld": true,
            "answer": "Họp lại", "expectedState": "OPEN"});
        mutate(&ward.officer.client, "answerComplaint", answer).await.ok();
        let heard: &[&str] = &["COMPLAINT_ANSWERED", "REGISTRATION_SENT_BACK"];
        let back: &[&str] = &["SENT_BACK_TO_BRANCH"];
        stage.hears([heard, back, back, &[], &["COMPLAINTS_ANSWERED"]]).await;
    }

    async fn a_draft_is_nobodys_news_and_a_withdrawal_is_the_familys(kind) {
        let stage = Stage::build(kind).await;
        let world = &stage.world;
        let branch = world.branch(0, 0, 0);
        let withdraw = json!({"id": branch.registration, "expectedVersion": 1, "reason": "Chuyển nhà"});
        mutate(&branch.head.client, "withdrawRegistration", withdraw).await.ok();
        stage.hears([&["REGISTRATION_WITHDRAWN"], &[], &[], &[], &[]]).await;
        let draft = json!({"householdId": branch.household, "year": 2026, "asDraft": true});
        mutate(&branch.head.client, "registerHousehold", draft).await.ok();
        stage.hears([&[], &[], &[], &[], &[]]).await;
    }

    async fn a_post_that_was_not_taken_or_is_over_hears_nothing(kind) {
        let world = World::build(kind).await;
        let (branch, ward) = (world.branch(0, 0, 0), world.ward(0, 0));
        let somebody = create_account(&world.app, "Đoàn Thị Chờ", Some("0977000333"), Some("một hai ba bốn năm sáu")).await;
        let own = world.app.client(somebody, None);
        let given = json!({"newAccount": {"name": "Đoàn Thị Chờ", "phone": "0977000333"}, "role": "BRANCH_HEAD",
            "unitId": branch.unit, "validFrom": START, "decisionNumber": "9"});
        let given = mutate(&ward.officer.client, "appointPost", given).await.ok();
        everybody_reads(&world).await;
        read(&own).await;
        let submit = async || {
            let input = json!({"headName": "Lý Thị Danh", "address": Uuid::new_v4().to_string()});
            let household = create_household(&branch.head.client, input).await;
            register(&branch.head.client, &household, Uuid::new_v4()).await.ok();
            world.app.relay().await;
        };
        submit().await;
        assert_eq!(kinds(&own).await, Vec::<String>::new());
        mutate(&own, "acceptPost", json!({"postId": given.text("appointPost.post.id")})).await.ok();
        submit().await;
        assert_eq!(kinds(&own).await, ["WAITING_FOR_APPROVAL"]);
        read(&own).await;
        let end = json!({"postId": given.text("appointPost.post.id")});
        mutate(&ward.officer.client, "endPost", end).await.ok();
        world.app.clock.advance(chrono::TimeDelta::minutes(1));
        submit().await;
        assert!(!kinds(&own).await.contains(&"WAITING_FOR_APPROVAL".to_owned()));
    }
}
