//! Being appointed makes nobody responsible for an account that was somebody's before: not until its owner takes the post.

use entity::id::AccountId;
use entity::vocabulary::Role;
use khuyenhoc::clock::Clock as _;
use khuyenhoc::global_id::{NodeKind, decode_as};
use serde_json::{Value, json};
use tests::app::{START, TestApp};
use tests::client::{Answer, Client};
use tests::database::Kind;
use tests::factory::{World, account_id, appoint, appoint_account, ask, create_account, create_household, mutate};
use tests::operation;
use uuid::Uuid;

const PHONE: &str = "0977000111";
const OLD: &str = "một hai ba bốn năm sáu";
const NEW: &str = "bảy tám chín mười mười một";
const ALWAYS: (&str, Option<&str>) = ("2026-01-01T00:00:00+07:00", None);
const LAST_YEAR: (&str, Option<&str>) = ("2025-01-01T00:00:00+07:00", Some("2026-01-01T00:00:00+07:00"));
const NOT_ACCEPTED: (Option<&str>, Option<&str>) = (Some("FORBIDDEN"), Some("POST_NOT_ACCEPTED"));
const FORBIDDEN: (Option<&str>, Option<&str>) = (Some("FORBIDDEN"), None);

/// Somebody who can sign in and has a life of their own.
async fn somebody(world: &World) -> AccountId {
    create_account(&world.app, "Lý Thị Chủ", Some(PHONE), Some(OLD)).await
}

/// Appoints whoever has the number, under a name that is not theirs.
async fn appoint_number(officer: &Client, unit: &str, role: &str) -> Answer {
    let input = json!({"newAccount": {"name": "Tên Bịa Đặt", "phone": PHONE}, "role": role, "unitId": unit,
        "validFrom": START, "decisionNumber": "7/QĐ-HKH"});
    mutate(officer, "appointPost", input).await
}

/// What an officer may do to an account once it is below them.
async fn tries(officer: &Client, account: AccountId) -> Vec<Answer> {
    let account = account_id(account);
    vec![
        mutate(officer, "issueRecoveryCode", json!({ "accountId": account })).await,
        ask(officer, "endSessionsOf", json!({"input": {"accountId": account}})).await,
        ask(officer, "securityEvents", json!({ "accountId": account })).await,
        mutate(
            officer,
            "removeSecondFactorOf",
            json!({"accountId": account, "reason": "PHONE_LOST"}),
        )
        .await,
    ]
}

async fn assert_refused(officer: &Client, account: AccountId, expected: (Option<&str>, Option<&str>)) {
    for (at, answer) in tries(officer, account).await.into_iter().enumerate() {
        // a post outside reach does not stand against ending sessions
        let expected = if at == 1 { NOT_ACCEPTED } else { expected };
        assert_eq!((answer.code(), answer.rule()), expected, "{}", answer.json);
    }
}

async fn rows(app: &TestApp, sql: &str) -> Vec<Vec<Option<String>>> {
    app.database.sql(sql).await
}

async fn counted(app: &TestApp, what: &str) -> String {
    rows(app, &format!("SELECT COUNT(*) FROM {what}")).await[0][0]
        .clone()
        .expect("a count")
}

fn id_of(answer: &Answer, path: &str) -> AccountId {
    let (_, account) = decode_as(NodeKind::Account, &answer.text(path).into(), "id").expect("an account");
    account
}

async fn accept(client: &Client, post: &str) -> Answer {
    mutate(client, "acceptPost", json!({ "postId": post })).await
}

async fn waiting(client: &Client) -> Value {
    let answer = client.run("{ viewer { postsToAccept } }", json!({})).await.ok();
    answer.data("viewer.postsToAccept").clone()
}

on_both! {
    async fn an_appointment_alone_lets_no_officer_into_an_account(kind) {
        let world = World::build(kind).await;
        let (ward, district, branch) = (world.ward(0, 0), world.district(0), world.branch(0, 0, 0));
        let owner = somebody(&world).await;
        let given = appoint_number(&ward.officer.client, &branch.unit, "BRANCH_HEAD").await.ok();
        assert_eq!(id_of(&given, "appointPost.post.accountId"), owner);
        let post = given.text("appointPost.post.id");
        // nor does one who had nothing to do with it get in for the one who had
        let equal = appoint(&world.app, district.tenant, &ward.unit, Role::WardOfficer, "Đỗ Thị Ngang", None).await;
        for officer in [&ward.officer, &equal, &district.officer, &world.officer] {
            assert_refused(&officer.client, owner, NOT_ACCEPTED).await;
        }
        assert_eq!(counted(&world.app, "one_time_code").await, "0");
        // nor is anybody told the name, or when the owner was last seen
        let list = ask(&ward.officer.client, "accountsBelow", json!({"unitId": branch.unit, "search": "bịa"})).await.ok();
        assert_eq!(list.text("accountsBelow.edges.0.node.name"), "Tên Bịa Đặt");
        assert_eq!(list.data("accountsBelow.edges.0.node.lastSeenAt"), &Value::Null);
        let by_name = ask(&ward.officer.client, "accountsBelow", json!({"unitId": branch.unit, "search": "chủ"})).await.ok();
        assert!(by_name.list("accountsBelow.edges").is_empty());
        let again = json!({"accountId": account_id(owner), "role": "BRANCH_HEAD", "unitId": world.branch(0, 0, 1).unit,
            "validFrom": START, "decisionNumber": "8/QĐ-HKH"});
        assert_eq!(mutate(&ward.officer.client, "appointPost", again).await.rule(), Some("POST_NOT_ACCEPTED"));
        // the owner hears of it, and once they have taken it, it is an officer's as any other
        let own = world.app.client(owner, None);
        let told = ask(&own, "notices", json!({})).await.ok();
        assert_eq!(told.text("notices.edges.0.node.kind"), "POST_GIVEN");
        assert_eq!(waiting(&own).await, json!([post]));
        accept(&own, &post).await.ok();
        assert_eq!(waiting(&own).await, json!([]));
        let list = ask(&ward.officer.client, "accountsBelow", json!({"unitId": branch.unit, "search": "bịa"})).await.ok();
        assert_eq!(list.text("accountsBelow.edges.0.node.maskedPhone"), "***111");
        for officer in [&ward.officer, &district.officer, &world.officer] {
            mutate(&officer.client, "issueRecoveryCode", json!({"accountId": account_id(owner)})).await.ok();
        }
    }

    async fn nor_does_a_hand_over(kind) {
        let world = World::build(kind).await;
        let (ward, branch) = (world.ward(0, 0), world.branch(0, 0, 0));
        let owner = somebody(&world).await;
        let input = json!({"postId": branch.head.post_id, "from": "2026-03-10T10:00:00+07:00", "decisionNumber": "8",
            "successor": {"newAccount": {"name": "Tên Bịa Đặt", "phone": PHONE}}});
        mutate(&ward.officer.client, "handOverPost", input).await.ok();
        let later = world.app.clock.now() + chrono::TimeDelta::hours(1);
        world.app.clock.set(later);
        assert_refused(&ward.officer.client, owner, NOT_ACCEPTED).await;
    }

    async fn a_family_elsewhere_stays_out_of_reach(kind) {
        let world = World::build(kind).await;
        let (ward, district) = (world.ward(0, 0), world.district(0));
        let other = world.district(1);
        for (tenant, unit, since, of_ward, of_district) in [
            // in force: another ward, another district
            (district.tenant, &world.branch(0, 1, 0).unit, ALWAYS, FORBIDDEN, None),
            (other.tenant, &world.branch(1, 0, 0).unit, ALWAYS, FORBIDDEN, Some(FORBIDDEN)),
            // over: nothing stands against it any more but that the owner has taken nothing
            (other.tenant, &world.branch(1, 0, 0).unit, LAST_YEAR, NOT_ACCEPTED, Some(NOT_ACCEPTED)),
            (district.tenant, &world.branch(0, 1, 0).unit, LAST_YEAR, NOT_ACCEPTED, Some(NOT_ACCEPTED)),
        ] {
            let number = format!("09770{:05}", 10 + rows(&world.app, "SELECT id FROM account").await.len());
            let owner = create_account(&world.app, "Lý Thị Chủ", Some(&number), Some(OLD)).await;
            appoint_account(&world.app, tenant, unit, Role::Family, owner, since).await;
            let input = json!({"newAccount": {"name": "Tên Bịa Đặt", "phone": number}, "role": "BRANCH_HEAD",
                "unitId": world.branch(0, 0, 0).unit, "validFrom": START, "decisionNumber": "7"});
            mutate(&ward.officer.client, "appointPost", input).await.ok();
            assert_refused(&ward.officer.client, owner, of_ward).await;
            if let Some(expected) = of_district {
                assert_refused(&district.officer.client, owner, expected).await;
            }
        }
        assert_eq!(counted(&world.app, "one_time_code").await, "0");
    }

    async fn whoever_is_below_already_stays_so(kind) {
        let world = World::build(kind).await;
        let (ward, branch) = (world.ward(0, 0), world.branch(0, 0, 0));
        let owner = somebody(&world).await;
        let tenant = world.district(0).tenant;
        appoint_account(&world.app, tenant, &world.branch(0, 0, 1).unit, Role::Family, owner, ALWAYS).await;
        // a family of the ward becomes head of a branch of the ward: nothing is won by it that was not there before
        appoint_number(&ward.officer.client, &branch.unit, "BRANCH_HEAD").await.ok();
        mutate(&ward.officer.client, "issueRecoveryCode", json!({"accountId": account_id(owner)})).await.ok();
        let head = &world.branch(0, 0, 1).head.client;
        assert_eq!(mutate(head, "issueRecoveryCode", json!({"accountId": account_id(owner)})).await.code(), Some("FORBIDDEN"));
    }

    async fn a_new_account_is_nobodys_until_its_first_code(kind) {
        let world = World::build(kind).await;
        let (ward, branch) = (world.ward(0, 0), world.branch(0, 0, 0));
        let given = appoint_number(&ward.officer.client, &branch.unit, "BRANCH_HEAD").await.ok();
        let owner = id_of(&given, "appointPost.post.accountId");
        let issue = || mutate(&ward.officer.client, "issueRecoveryCode", json!({"accountId": account_id(owner)}));
        let code = issue().await.ok().text("issueRecoveryCode.code");
        let input = json!({"input": {"login": PHONE, "code": code, "newPassword": NEW}});
        let back = world.app.anonymous().run(&operation::of("recover"), input).await.ok();
        let own = world.app.anonymous().with_token(&back.text("recover.accessToken"));
        assert_eq!(waiting(&own).await, json!([]));
        issue().await.ok();
        // its telephone says that the number is theirs
        rows(&world.app, "UPDATE account SET phone_proven_at = created_at").await;
        // now it is somebody's: the next post waits, and an officer who gave that one alone is answerable for nothing
        let stranger = &world.ward(1, 0).officer.client;
        let second = appoint_number(stranger, &world.branch(1, 0, 0).unit, "BRANCH_HEAD").await.ok();
        assert_eq!(waiting(&own).await, json!([second.text("appointPost.post.id")]));
        assert_refused(stranger, owner, FORBIDDEN).await;
        mutate(&ward.officer.client, "endPost", json!({"postId": given.text("appointPost.post.id")})).await.ok();
        assert_refused(stranger, owner, NOT_ACCEPTED).await;
    }

    async fn two_city_officers_do_not_get_in_together(kind) {
        let world = World::build(kind).await;
        let owner = somebody(&world).await;
        let second = appoint(&world.app, world.city, &world.unit, Role::CityOfficer, "Tống Thị Hai", None).await;
        let proposed = appoint_number(&world.officer.client, &world.unit, "CITY_LEADER").await.ok();
        let id = proposed.text("appointPost.proposal.id");
        mutate(&second.client, "confirmPost", json!({ "proposalId": id })).await.ok();
        for officer in [&world.officer, &second] {
            assert_refused(&officer.client, owner, FORBIDDEN).await;
        }
        // one appoints to a post of a district, the other helps
        let other = create_account(&world.app, "Lý Thị Khác", Some("0977000222"), Some(OLD)).await;
        let input = json!({"newAccount": {"name": "Tên Bịa Đặt", "phone": "0977000222"}, "role": "DISTRICT_OFFICER",
            "unitId": world.district(0).unit, "validFrom": START, "decisionNumber": "7"});
        mutate(&world.officer.client, "appointPost", input).await.ok();
        assert_refused(&second.client, other, NOT_ACCEPTED).await;
    }

    async fn a_household_with_the_number_is_no_way_in(kind) {
        let world = World::build(kind).await;
        let (branch, ward) = (world.branch(0, 0, 0), world.ward(0, 0));
        let owner = somebody(&world).await;
        let input = json!({"headName": "Lý Thị Chủ", "phone": PHONE, "address": "Số 9", "branchId": branch.unit,
            "members": [{"name": "Lý Thị Chủ", "birth": "1970", "relation": "HEAD"}]});
        create_household(&branch.head.client, input).await;
        for officer in [&branch.head, &ward.officer, &world.district(0).officer] {
            for answer in tries(&officer.client, owner).await {
                assert_eq!(answer.code(), Some("NOT_FOUND"), "{}", answer.json);
            }
        }
    }

    async fn an_appointment_changes_nothing_of_the_account(kind) {
        let world = World::build(kind).await;
        somebody(&world).await;
        let sql = format!("SELECT name, phone, user_name, password_hash FROM account WHERE phone = '+84{}'", &PHONE[1..]);
        let before = rows(&world.app, &sql).await;
        assert_eq!(before.len(), 1);
        appoint_number(&world.ward(0, 0).officer.client, &world.branch(0, 0, 0).unit, "BRANCH_HEAD").await.ok();
        assert_eq!(rows(&world.app, &sql).await, before);
    }

    async fn only_the_owner_takes_a_post_and_proves_who_it_is(kind) {
        let world = World::build(kind).await;
        let (ward, branch) = (world.ward(0, 0), world.branch(0, 0, 0));
        somebody(&world).await;
        let given = appoint_number(&ward.officer.client, &branch.unit, "BRANCH_HEAD").await.ok();
        let post = given.text("appointPost.post.id");
        let nowhere = accept(&ward.officer.client, &world.branch(1, 0, 0).head.post_id).await;
        for officer in [&ward.officer, &branch.head, &world.officer, &world.ward(1, 0).officer] {
            let answer = accept(&officer.client, &post).await;
            assert_eq!(answer.code(), Some("NOT_FOUND"));
            assert_eq!(answer.comparable(), nowhere.comparable());
        }
        let signed = json!({"input": {"login": PHONE, "password": OLD}});
        let signed = world.app.anonymous().run(&operation::of("signIn"), signed).await.ok();
        let own = world.app.anonymous().with_token(&signed.text("signIn.accessToken"));
        let now = world.app.clock.now();
        world.app.clock.set(now + chrono::TimeDelta::minutes(5));
        assert_eq!(accept(&own, &post).await.rule(), Some("STEP_UP_NEEDED"));
        world.app.clock.set(now);
        let input = json!({"idempotencyKey": Uuid::new_v4(), "postId": post});
        let (one, two) = tokio::join!(mutate(&own, "acceptPost", input.clone()), mutate(&own, "acceptPost", input));
        let mut outcomes = [one.ok().text("acceptPost.outcome"), two.ok().text("acceptPost.outcome")];
        outcomes.sort();
        assert_eq!(outcomes, ["APPLIED", "REPLAYED"]);
        accept(&own, &post).await.ok();
        assert_eq!(counted(&world.app, "security_event WHERE kind = 'POST_ACCEPTED'").await, "1");
        assert_eq!(counted(&world.app, "post_event WHERE kind = 'POST_ACCEPTED'").await, "1");
        assert_eq!(counted(&world.app, "post_event WHERE told_at IS NULL").await, "0");
        // a post that needs no word is taken without an entry
        accept(&branch.head.client, &branch.head.post_id).await.ok();
        assert_eq!(counted(&world.app, "post_event WHERE kind = 'POST_ACCEPTED'").await, "1");
    }

    async fn an_id_tells_not_whether_the_number_had_an_account(kind) {
        let world = World::build(kind).await;
        let officer = &world.ward(0, 0).officer;
        let version = |account: AccountId| (account.0.get_version_num(), account.0.get_timestamp());
        let known: AccountId = world.app.app.new_account_id();
        let key = Uuid::new_v4();
        let input = json!({"idempotencyKey": key, "newAccount": {"name": "Lưu Thị Mới", "phone": PHONE}, "role": "BRANCH_HEAD",
            "unitId": world.branch(0, 0, 0).unit, "validFrom": START, "decisionNumber": "7"});
        let given = mutate(&officer.client, "appointPost", input).await.ok();
        let new = id_of(&given, "appointPost.post.accountId");
        assert_eq!(version(new), version(known));
        assert_eq!(version(new), (8, None));
        // nor can whoever knows all that was sent find out what it would be for a new one
        let mut text = b"khuyenhoc account ".to_vec();
        text.extend_from_slice(officer.account.0.as_bytes());
        text.extend_from_slice(key.as_bytes());
        text.extend_from_slice(b"+84977000111");
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &text);
        assert_ne!(new.0.as_bytes()[..6], hash.as_ref()[..6]);
    }

    async fn explanations_tell_of_accounts_and_second_factors(kind) {
        let world = World::build(kind).await;
        let (ward, district, branch) = (world.ward(0, 0), world.district(0), world.branch(0, 0, 0));
        let owner = somebody(&world).await;
        let given = appoint_number(&ward.officer.client, &branch.unit, "BRANCH_HEAD").await.ok();
        let explain = async |who: &Client, account: AccountId, permission: &str, node: String| {
            let variables = json!({"accountId": account_id(account), "permission": permission, "nodeId": node});
            ask(who, "explainAccess", variables).await.ok().text("explainAccess.reason")
        };
        let manage = "ACCOUNT_MANAGE";
        let (officer, head) = (ward.officer.account, branch.head.account);
        let own = &ward.officer.client;
        for (account, expected) in [
            (head, "WITHIN_REACH"),
            (owner, "POST_NOT_ACCEPTED"),
            (officer, "NOT_BELOW"),
            (district.officer.account, "OUTSIDE_REACH"),
            (world.branch(1, 0, 0).head.account, "OUTSIDE_REACH"),
        ] {
            assert_eq!(explain(own, officer, manage, account_id(account)).await, expected);
        }
        assert_eq!(explain(&branch.family.client, branch.family.account, manage, account_id(head)).await, "ROLE_HAS_NO_REACH");
        // asked by somebody else about what the asker may not see, it is as if it were not there
        assert_eq!(explain(&district.officer.client, officer, manage, account_id(head)).await, "WITHIN_REACH");
        let foreign = account_id(world.branch(1, 0, 0).head.account);
        assert_eq!(explain(&district.officer.client, officer, manage, foreign).await, "OUTSIDE_REACH");
        accept(&world.app.client(owner, None), &given.text("appointPost.post.id")).await.ok();
        assert_eq!(explain(own, officer, manage, account_id(owner)).await, "WITHIN_REACH");
        // a role that needs a second factor, and an account without one; a family is invited to its household
        let (unit, leads) = (district.unit.clone(), district.officer.account);
        assert_eq!(explain(&world.officer.client, leads, "POST_GRANT", unit.clone()).await, "SECOND_FACTOR_NEEDED");
        assert_eq!(explain(&district.officer.client, leads, "POST_GRANT", unit).await, "WITHIN_REACH");
        assert_eq!(explain(own, head, "FAMILY_INVITE", branch.household.clone()).await, "WITHIN_REACH");
        assert_eq!(explain(own, head, "FAMILY_INVITE", world.branch(0, 0, 1).household.clone()).await, "OUTSIDE_REACH");
        // the year is the city's
        assert_eq!(explain(own, head, "PROGRAMME_YEAR_READ", branch.unit.clone()).await, "WITHIN_REACH");
        assert_eq!(explain(own, head, "PROGRAMME_YEAR_OPEN", world.unit.clone()).await, "ROLE_HAS_NO_REACH");
        let city = &world.officer;
        assert_eq!(explain(&city.client, city.account, "PROGRAMME_YEAR_OPEN", world.unit.clone()).await, "WITHIN_REACH");
        assert_eq!(explain(&city.client, city.account, "PROGRAMME_YEAR_OPEN", branch.unit.clone()).await, "OUTSIDE_REACH");
    }

    async fn invitations_stand_in_the_officers_own_journal(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let input = json!({"idempotencyKey": Uuid::new_v4(), "householdIds": [branch.household]});
        let made = mutate(&branch.head.client, "createInvitations", input.clone()).await.ok();
        mutate(&branch.head.client, "createInvitations", input).await.ok();
        let id = made.text("createInvitations.results.0.invitation.id");
        mutate(&branch.head.client, "revokeInvitations", json!({"ids": [id]})).await.ok();
        mutate(&branch.head.client, "revokeInvitations", json!({"ids": [id]})).await.ok();
        for kind in ["INVITATIONS_CREATED", "INVITATIONS_REVOKED"] {
            let entry = format!("security_event WHERE kind = '{kind}' AND detail = '1' AND by_post_id IS NOT NULL");
            assert_eq!(counted(&world.app, &entry).await, "1");
        }
        let own = ask(&branch.head.client, "securityEvents", json!({})).await.ok();
        let kinds: Vec<&Value> = own.list("securityEvents.edges").iter().map(|edge| &edge["node"]["kind"]).collect();
        assert!(kinds.contains(&&json!("INVITATIONS_CREATED")), "{}", own.json);
    }
}
