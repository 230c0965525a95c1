//! A small city to ask about: two districts of two wards of two branches, somebody in every post, and in every branch a
//! family with a registration that waits.
//!
//! Everything that a mutation can make is made by that mutation, so every state is one the product can reach. Only what
//! comes before the first mutation, the city association and people's posts, is written through a scope, as the
//! operator's `account create` does.

use entity::id::{AccountId, PostId, TenantId, UnitId};
use entity::scope::{Actor, DbError, NewAccount, PersonalWriter, Reach, Scope, Writer};
use entity::table::{post, session, tenant, unit, unit_version};
use entity::value::{PersonName, PhoneNumber, UnitName};
use entity::vocabulary::{AuthenticationLevel, Platform, Role, TenantKind, UnitKind};
use khuyenhoc::account::password::NewPassword;
use khuyenhoc::clock::hanoi_date;
use khuyenhoc::criteria::shipped::SHIPPED;
use khuyenhoc::global_id::{NodeKind, decode_as, encode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::{TestApp, moment};
use crate::client::{Answer, Client};
use crate::database::Kind;
use crate::operation;

/// The programme year everything happens in.
pub const YEAR: i32 = 2026;

/// The whole small city.
pub struct World {
    /// The server.
    pub app: TestApp,
    /// The city association.
    pub city: TenantId,
    /// Global id of the city's unit.
    pub unit: String,
    /// A city officer.
    pub officer: Person,
    /// A city leader.
    pub leader: Person,
    /// Two districts.
    pub districts: Vec<District>,
}

/// A district.
pub struct District {
    /// Its association.
    pub tenant: TenantId,
    /// Global id of its unit.
    pub unit: String,
    /// Its officer.
    pub officer: Person,
    /// Two wards.
    pub wards: Vec<Ward>,
}

/// A ward.
pub struct Ward {
    /// Global id of its unit.
    pub unit: String,
    /// Its officer.
    pub officer: Person,
    /// Two branches.
    pub branches: Vec<Branch>,
}

/// A branch.
pub struct Branch {
    /// Global id of its unit.
    pub unit: String,
    /// Its head.
    pub head: Person,
    /// The phone of its family.
    pub family: Person,
    /// Global id of the family's household.
    pub household: String,
    /// Global id of its registration, SUBMITTED, version 1.
    pub registration: String,
}

/// Somebody with an account and a post.
#[derive(Clone)]
pub struct Person {
    /// The account.
    pub account: AccountId,
    /// The post.
    pub post: PostId,
    /// Global id of the post.
    pub post_id: String,
    /// A client acting under that post.
    pub client: Client,
}

impl World {
    /// A city on a fresh database.
    pub async fn build(kind: Kind) -> Self {
        Self::on(TestApp::start(kind).await).await
    }

    /// A city on a server that has none yet.
    pub async fn on(app: TestApp) -> Self {
        let (city, unit) = found_city(&app).await;
        let officer = appoint(&app, city, &unit, Role::CityOfficer, "Trần Thị Cán", None).await;
        let leader = appoint(&app, city, &unit, Role::CityLeader, "Lê Văn Chủ", None).await;
        open_year(&officer.client, YEAR).await.ok();
        let mut districts = Vec::new();
        for (at, name) in ["Hoàn Kiếm", "Ba Đình"].into_iter().enumerate() {
            districts.push(district(&app, &officer, &unit, name, at).await);
        }
        Self {
            app,
            city,
            unit,
            officer,
            leader,
            districts,
        }
    }

    /// A branch by district, ward and its own place in them.
    pub fn branch(&self, district: usize, ward: usize, branch: usize) -> &Branch {
        let ward = self.ward(district, ward);
        ward.branches.get(branch).expect("a branch")
    }

    /// A ward by district and its own place in it.
    pub fn ward(&self, district: usize, ward: usize) -> &Ward {
        self.district(district).wards.get(ward).expect("a ward")
    }

    /// A district.
    pub fn district(&self, district: usize) -> &District {
        self.districts.get(district).expect("a district")
    }

    /// Everybody who stands first in their role: the family, the head and the officers of the first branch.
    pub fn roles(&self) -> [(Role, &Person); 6] {
        let branch = self.branch(0, 0, 0);
        [
            (Role::Family, &branch.family),
            (Role::BranchHead, &branch.head),
            (Role::WardOfficer, &self.ward(0, 0).officer),
            (Role::DistrictOfficer, &self.district(0).officer),
            (Role::CityOfficer, &self.officer),
            (Role::CityLeader, &self.leader),
        ]
    }
}

async fn district(app: &TestApp, officer: &Person, city: &str, name: &str, at: usize) -> District {
    let unit = create_unit(&officer.client, city, "DISTRICT", name).await;
    let (tenant, _) = parts(&unit);
    let head = appoint(app, tenant, &unit, Role::DistrictOfficer, "Phạm Thị Quận", None).await;
    let mut wards = Vec::new();
    for ward_at in 0..2 {
        let ward = create_unit(&head.client, &unit, "WARD", &format!("Phường {}", ward_at + 1)).await;
        let ward_officer = appoint(app, tenant, &ward, Role::WardOfficer, "Đỗ Văn Phường", None).await;
        let mut branches = Vec::new();
        for branch_at in 0..2 {
            let number = at * 4 + ward_at * 2 + branch_at;
            branches.push(branch(app, &ward_officer, tenant, &ward, number).await);
        }
        wards.push(Ward {
            unit: ward,
            officer: ward_officer,
            branches,
        });
    }
    District {
        tenant,
        unit,
        officer: head,
        wards,
    }
}

async fn branch(app: &TestApp, officer: &Person, tenant: TenantId, ward: &str, number: usize) -> Branch {
    let unit = create_unit(&officer.client, ward, "BRANCH", &format!("Chi hội {}", number + 1)).await;
    let head = appoint(app, tenant, &unit, Role::BranchHead, "Vũ Thị Chi", None).await;
    let phone = format!("091200000{number}");
    let family = appoint(app, tenant, &unit, Role::Family, "Nguyễn Văn Nhà", Some(&phone)).await;
    let input = json!({
        "headName": "Nguyễn Văn Nhà", "phone": phone, "address": format!("Số {number} phố Huế"),
        "members": [{"name": "Nguyễn Văn Nhà", "birth": "1970", "relation": "HEAD"}],
    });
    let household = create_household(&family.client, input).await;
    let answer = register(&family.client, &household, Uuid::new_v4()).await.ok();
    Branch {
        unit,
        head,
        family,
        household,
        registration: answer.text("registerHousehold.registration.id"),
    }
}

/// Puts a second factor in force that nobody has the secret of.
pub async fn lost_factor(app: &TestApp, account: AccountId) {
    let (id, blob) = match app.database.kind() {
        Kind::Postgres => (format!("'{account}'"), "'\\x00'"),
        Kind::Sqlite => (format!("x'{}'", account.0.simple()), "x'00'"),
    };
    let columns = "id, secret, confirmed_at, short_password";
    let sql =
        format!("INSERT INTO second_factor ({columns}) VALUES ({id}, {blob}, '2026-01-01 00:00:00+00:00', false)");
    app.database.sql(&sql).await;
}

/// Runs the operation of a root field with one `input`, under a fresh key unless the input has one.
pub async fn mutate(client: &Client, field: &str, mut input: Value) -> Answer {
    if let Some(fields) = input.as_object_mut() {
        fields.entry("idempotencyKey").or_insert_with(|| json!(Uuid::new_v4()));
    }
    client.run(&operation::of(field), json!({ "input": input })).await
}

/// Runs the operation of a root field of `Query`.
pub async fn ask(client: &Client, field: &str, variables: Value) -> Answer {
    client.run(&operation::of(field), variables).await
}

/// Makes a unit and returns its global id.
pub async fn create_unit(client: &Client, parent: &str, kind: &str, name: &str) -> String {
    let input = json!({"parentId": parent, "kind": kind, "name": name, "validFrom": "2020-01-01"});
    mutate(client, "createUnit", input)
        .await
        .ok()
        .text("createUnit.unit.id")
}

/// Opens a year: registering from January to April, the rest from October to December.
pub async fn open_year(client: &Client, year: i32) -> Answer {
    let window = |phase: &str, opens: &str, closes: &str| {
        json!({"phase": phase, "opensAt": format!("{year}-{opens}T00:00:00+07:00"),
            "closesAt": format!("{year}-{closes}T00:00:00+07:00")})
    };
    let windows = [
        window("REGISTRATION", "01-05", "05-01"),
        window("SELF_SCORING", "10-01", "11-16"),
        window("BRANCH_ASSESSMENT", "11-01", "12-01"),
        window("WARD_PROPOSAL", "11-10", "12-10"),
        window("RECOGNITION", "11-15", "12-31"),
    ];
    mutate(client, "openProgrammeYear", json!({"year": year, "windows": windows})).await
}

/// Publishes a criteria set that comes with the program and returns its global id.
pub async fn publish_shipped(client: &Client, name: &str) -> String {
    let shipped = SHIPPED.iter().find(|(known, _)| *known == name).expect("a shipped set");
    let answer = mutate(client, "publishCriteriaSet", json!({"document": shipped.1}))
        .await
        .ok();
    answer.text("publishCriteriaSet.criteriaSet.id")
}

/// The ten lines of the shipped family set, with the same points on each.
pub fn family_marks(points: f64) -> Vec<Value> {
    let codes = ["1.1", "1.2", "1.3", "2.1", "2.2", "2.3", "3.1", "3.2", "4.1", "4.2"];
    let mark = |code: &str| json!({"indicator": code, "points": points});
    codes.into_iter().map(mark).collect()
}

/// Marks and signs a registration's own score sheet for the first time.
pub async fn score(client: &Client, registration: &str, marks: &[Value]) -> Answer {
    let draft = json!({"registrationId": registration, "marks": marks});
    mutate(client, "saveScoreSheet", draft).await.ok();
    let sign = json!({"registrationId": registration, "expectedVersion": 1});
    mutate(client, "submitScoreSheet", sign).await
}

/// Enters a household, whatever the candidates, and returns its global id.
pub async fn create_household(client: &Client, mut input: Value) -> String {
    if let Some(fields) = input.as_object_mut() {
        fields.insert("confirmDistinct".to_owned(), json!(true));
    }
    let answer = mutate(client, "createHousehold", input).await.ok();
    answer.text("createHousehold.household.id")
}

/// Registers a household for [`YEAR`].
pub async fn register(client: &Client, household: &str, key: Uuid) -> Answer {
    let input = json!({"idempotencyKey": key, "householdId": household, "year": YEAR});
    mutate(client, "registerHousehold", input).await
}

/// Decides on registrations: `approveRegistrations`, or with a reason `returnRegistrations` and `rejectRegistrations`.
pub async fn decide(client: &Client, field: &str, ids: &[&str]) -> Answer {
    let items: Vec<Value> = ids.iter().map(|id| json!({ "id": id })).collect();
    let mut input = json!({ "items": items });
    if let (Some(fields), false) = (input.as_object_mut(), field == "approveRegistrations") {
        fields.insert("reason".to_owned(), json!("Xin bổ sung địa chỉ"));
    }
    mutate(client, field, input).await
}

/// Appoints a new person to a post from the beginning of the year on.
pub async fn appoint(
    app: &TestApp,
    tenant: TenantId,
    unit: &str,
    role: Role,
    name: &str,
    phone: Option<&str>,
) -> Person {
    let account = create_account(app, name, phone, None).await;
    appoint_account(app, tenant, unit, role, account, ("2026-01-01T00:00:00+07:00", None)).await
}

/// Makes an account; `password` is stored as it is checked: hashed.
pub async fn create_account(app: &TestApp, name: &str, phone: Option<&str>, password: Option<&str>) -> AccountId {
    let id: AccountId = app.app.new_id();
    let password_hash = match password {
        Some(password) => Some(
            app.app
                .passwords
                .hash(NewPassword::public(password))
                .await
                .expect("a hash"),
        ),
        None => None,
    };
    let new = NewAccount {
        id,
        name: PersonName::parse(name).expect("a name"),
        phone: phone.map(|phone| PhoneNumber::parse(phone).expect("a phone number")),
        is_phone_proven: true,
        user_name: None,
        password_hash,
        created_at: app.app.clock.now(),
    };
    app.app.db.sign_in().create_account(new).await.expect("an account");
    sign_in(app, id).await;
    id
}

/// Opens a session that never ends, as with a second factor whose proof is always fresh: what a stale or a weaker one may
/// not do is tried with sessions that tests open by signing in. It and its refresh token have the account's own id, so that
/// a client finds them.
pub async fn sign_in(app: &TestApp, account: AccountId) {
    let now = app.app.clock.now();
    let end = moment("2099-01-01T00:00:00+07:00");
    let row = session::Model {
        id: account.0.into(),
        account_id: account,
        post_id: None,
        device_id: None,
        device_name: None,
        platform: Platform::Other,
        app_version: None,
        address: None,
        level: AuthenticationLevel::SecondFactor,
        authenticated_at: end,
        created_at: now,
        last_seen_at: now,
        idle_expires_at: end,
        expires_at: end,
        token_id: account.0.into(),
        previous_token_id: None,
        token_used_at: Some(now),
        ended_at: None,
        ended_because: None,
    };
    let door = app.app.db.sign_in();
    let opened = door.write(async |tx: &PersonalWriter| tx.insert::<session::Entity>([row]).await);
    opened.await.expect("a session");
}

/// Gives an account a post from one moment to another.
pub async fn appoint_account(
    app: &TestApp,
    tenant: TenantId,
    unit: &str,
    role: Role,
    account: AccountId,
    (from, until): (&str, Option<&str>),
) -> Person {
    let (_, unit) = parts(unit);
    let row = post::Model {
        tenant_id: tenant,
        id: app.app.new_id(),
        account_id: account,
        role,
        unit_id: unit,
        valid_from: moment(from),
        valid_until: until.map(moment),
        decision_number: Some("12/QĐ-HKH".to_owned()),
        created_at: app.app.clock.now(),
    };
    let post = row.id;
    operator(app, tenant)
        .write(async |tx: &Writer<'_>| tx.insert::<post::Entity>(row.clone()).await)
        .await
        .expect("a post");
    Person {
        account,
        post,
        post_id: encode(NodeKind::Post, tenant, post.0).to_string(),
        client: app.client(account, Some(post)),
    }
}

/// The operator's scope in an association: all of it, as no person's.
pub fn operator(app: &TestApp, tenant: TenantId) -> Scope {
    let nobody = Actor {
        account: AccountId(Uuid::nil()),
        name: "operator".to_owned(),
        phone: None,
        post: PostId(Uuid::nil()),
        role: Role::CityOfficer,
        unit: UnitId(Uuid::nil()),
    };
    Scope::grant(&app.app.db, tenant, nobody, Reach::Tenant, app.app.clock.now())
}

/// The global id of an account.
pub fn account_id(account: AccountId) -> String {
    encode(NodeKind::Account, TenantId(Uuid::nil()), account.0).to_string()
}

/// Association and unit in a unit's global id.
pub fn parts(unit: &str) -> (TenantId, UnitId) {
    decode_as(NodeKind::Unit, &unit.into(), "id").expect("a unit's id")
}

async fn found_city(app: &TestApp) -> (TenantId, String) {
    let (city, root): (TenantId, UnitId) = (app.app.new_id(), app.app.new_id());
    let now = app.app.clock.now();
    let name = UnitName::parse("Hà Nội").expect("a unit's name");
    let version = unit_version::Model {
        tenant_id: city,
        id: app.app.new_id(),
        unit_id: root,
        parent_id: None,
        name: name.as_str().to_owned(),
        name_key: name.key(),
        sort_key: name.sort_key(),
        official_code: None,
        valid_from: hanoi_date(moment("2020-01-01T00:00:00+07:00")),
        valid_until: None,
    };
    let found = operator(app, city)
        .write(async |tx: &Writer<'_>| -> Result<(), DbError> {
            tx.insert_shared::<tenant::Entity>(tenant::Model {
                id: city,
                kind: TenantKind::City,
                parent_id: None,
                root_unit_id: root,
                created_at: now,
            })
            .await?;
            tx.insert::<unit::Entity>(unit::Model {
                tenant_id: city,
                id: root,
                kind: UnitKind::City,
                branch_kind: None,
                created_at: now,
            })
            .await?;
            tx.insert::<unit_version::Entity>(version.clone()).await
        })
        .await;
    found.expect("the city");
    (city, encode(NodeKind::Unit, city, root.0).to_string())
}
