//! `khuyenhoc account create`: how the first people of an installation come in.
//!
//! The first city officer brings the city association with them, because an association without anybody who may act in
//! it would be of no use. Everything after that is the API's; this command stays for officers of the other levels.

mod place;

use std::io::BufRead;

use chrono::{Days, NaiveDate, NaiveTime};
use clap::{Args, Subcommand};
use entity::id::{TenantId, UnitId};
use entity::scope::{Actor, Db, DbError, NewAccount, Reach, Scope, Writer};
use entity::table::{account, post, tenant, unit, unit_version};
use entity::value::{Language, PersonName, PhoneNumber, Rule, ShortText, UnitName, UserName};
use entity::vocabulary::{Role, TenantKind, UnitKind};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::failure::{Failure, print};
use super::migrate::require_migrated;
use crate::account::password::{About, Cost, MIN_LENGTH, NewPassword, Passwords, generate};
use crate::clock::{Clock, HANOI, SystemClock, SystemEntropy, hanoi_date, uuid_v7};
use crate::config::Config;
use crate::database;
use place::Place;

/// What can be done with accounts.
#[derive(Debug, Subcommand)]
pub(super) enum AccountCommand {
    /// Make an account with a post; the first city officer also founds the city association
    Create(CreateOptions),
}

/// Options of `account create`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  khuyenhoc account create --name 'Hoàng Thu Thủy' --phone '0912 345 678'\n  \
    khuyenhoc account create --name 'Đặng Quang Sơn' --user-name sondq --role DISTRICT_OFFICER --unit UNIT_ID \\\n    \
    --until 2030-12-31 --decision '12/QĐ-HKH' --password-stdin < password.txt"
)]
pub(super) struct CreateOptions {
    /// The person's name
    #[arg(long)]
    name: String,
    /// Phone number to sign in with
    #[arg(long, required_unless_present = "user_name", conflicts_with = "user_name")]
    phone: Option<String>,
    /// Name to sign in with
    #[arg(long)]
    user_name: Option<String>,
    /// FAMILY, BRANCH_HEAD, WARD_OFFICER, DISTRICT_OFFICER, CITY_OFFICER or CITY_LEADER
    #[arg(long, default_value = "CITY_OFFICER", value_parser = role)]
    role: Role,
    /// The unit of the post, by its id in the API or its UUID; the city itself for city roles unless said
    #[arg(long, value_name = "ID")]
    unit: Option<String>,
    /// Name of the city association, when this makes it [default: Thành phố Hà Nội]
    #[arg(long, value_name = "NAME")]
    city: Option<String>,
    /// Last day of the post
    #[arg(long, value_name = "YYYY-MM-DD")]
    until: Option<NaiveDate>,
    /// Number of the decision of appointment
    #[arg(long, value_name = "NUMBER")]
    decision: Option<String>,
    /// Read the password from one line of standard input instead of making one up
    #[arg(long)]
    password_stdin: bool,
}

fn role(text: &str) -> Result<Role, String> {
    let wanted = text.to_uppercase().replace('-', "_");
    let known = Role::ALL.iter().copied().find(|role| role.as_str() == wanted);
    known.ok_or_else(|| {
        Role::ALL
            .iter()
            .map(|role| role.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    })
}

/// Options, parsed.
struct Wish {
    name: PersonName,
    phone: Option<PhoneNumber>,
    user_name: Option<UserName>,
    role: Role,
    decision: Option<ShortText>,
    until: Option<NaiveDate>,
}

impl Wish {
    fn parse(options: &CreateOptions) -> Result<Self, Failure> {
        let told = |option: &'static str| {
            move |rule: Rule| Failure::new(format!("--{option}: {}", rule.message(Language::En)))
        };
        if options.until.is_some_and(|until| until < hanoi_date(SystemClock.now())) {
            return Err(Failure::new("--until lies in the past"));
        }
        Ok(Self {
            name: PersonName::parse(&options.name).map_err(told("name"))?,
            phone: options
                .phone
                .as_deref()
                .map(PhoneNumber::parse)
                .transpose()
                .map_err(told("phone"))?,
            user_name: options
                .user_name
                .as_deref()
                .map(UserName::parse)
                .transpose()
                .map_err(told("user-name"))?,
            role: options.role,
            decision: options
                .decision
                .as_deref()
                .map(ShortText::parse)
                .transpose()
                .map_err(told("decision"))?,
            until: options.until,
        })
    }
}

/// Makes the account where there is none, and gives it the post.
///
/// # Errors
/// An option is wrong, the unit does not fit the role, or what the database answers.
pub(super) async fn create(config: &Config, options: CreateOptions) -> Result<(), Failure> {
    let wish = Wish::parse(&options)?;
    require_migrated(config).await?;
    let db = Db::open(database::settings(config)).await?;
    let done = create_in(config, &db, &options, &wish).await;
    db.close().await;
    done
}

async fn create_in(config: &Config, db: &Db, options: &CreateOptions, wish: &Wish) -> Result<(), Failure> {
    let known = match (&wish.phone, &wish.user_name) {
        (Some(phone), _) => db.sign_in().account_by_phone(phone).await?,
        (None, Some(user_name)) => db.sign_in().account_by_user_name(user_name).await?,
        (None, None) => return Err(Failure::new("say --phone or --user-name")),
    };
    let phone = match &known {
        Some(account) => account.phone.is_some(),
        None => wish.phone.is_some(),
    };
    if wish.role == Role::BranchHead && !phone {
        return Err(Failure::new(
            "a branch head needs an account with a phone number: by it their own household is known, on which they must not decide",
        ));
    }
    let place = place::find(db, wish.role, options.unit.as_deref(), options.city.as_deref()).await?;
    let holder = match known {
        Some(_) if options.password_stdin => {
            return Err(Failure::new(
                "this account exists already and keeps its password; leave --password-stdin out to give it another post",
            ));
        }
        Some(account) => {
            check_new(db, &account, &place, wish.role).await?;
            account
        }
        None => make_account(config, db, options, wish).await?,
    };
    appoint(db, &holder, place, wish).await?;
    print(&format!("{} holds the post {} now\n", holder.name, wish.role.as_str()))
}

/// Refuses a post the account holds already: a command given twice should not appoint twice.
async fn check_new(db: &Db, account: &account::Model, place: &Place, role: Role) -> Result<(), Failure> {
    let posts = db.sign_in().posts_of(account.id, SystemClock.now()).await?;
    let Place::Unit(tenant, unit) = place else {
        return Ok(());
    };
    if posts
        .iter()
        .any(|post| (post.tenant_id, post.unit_id, post.role) == (*tenant, *unit, role))
    {
        return Err(Failure::new(format!("{} holds this post already", account.name)));
    }
    Ok(())
}

async fn make_account(
    config: &Config,
    db: &Db,
    options: &CreateOptions,
    wish: &Wish,
) -> Result<account::Model, Failure> {
    let password = if options.password_stdin {
        from_stdin()?
    } else {
        generate(&SystemEntropy)
    };
    let cost = Cost {
        memory_kib: config.password_memory_kib,
        iterations: config.password_iterations,
    };
    let passwords = Passwords::new(
        cost,
        config.password_pepper.as_ref(),
        1,
        1,
        std::sync::Arc::new(SystemEntropy),
    )?;
    let about = About {
        name: wish.name.as_str(),
        phone: wish.phone.as_ref().map(PhoneNumber::as_str),
        user_name: wish.user_name.as_ref().map(UserName::as_str),
    };
    let new_password = NewPassword::parse(&password, &about, MIN_LENGTH);
    let new_password =
        new_password.map_err(|rule| Failure::new(format!("the password: {}", rule.message(Language::En))))?;
    let new = NewAccount {
        id: new_id(),
        name: wish.name.clone(),
        phone: wish.phone.clone(),
        user_name: wish.user_name.clone(),
        password_hash: Some(passwords.hash(new_password).await?),
        created_at: SystemClock.now(),
    };
    let id = new.id;
    db.sign_in().create_account(new).await?;
    if !options.password_stdin {
        // before anything else can fail: it is not shown again
        print(&format!("password, shown only now: {}\n", password.expose_secret()))?;
    }
    let made = db.sign_in().account_by_id(id).await?;
    made.ok_or_else(|| Failure::new("the new account cannot be read back; run `khuyenhoc doctor`"))
}

fn from_stdin() -> Result<SecretString, Failure> {
    let mut line = zeroize::Zeroizing::new(String::new());
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(SecretString::from(line.trim_end_matches(['\r', '\n'])))
}

/// Makes the post, and before it the city association where the place is still to be founded, in one transaction.
async fn appoint(db: &Db, holder: &account::Model, place: Place, wish: &Wish) -> Result<(), Failure> {
    let (tenant, unit, founding) = match place {
        Place::Unit(tenant, unit) => (tenant, unit, None),
        Place::NewCity(name) => (new_id::<TenantId>(), new_id::<UnitId>(), Some(name)),
    };
    let now = SystemClock.now();
    let row = post::Model {
        tenant_id: tenant,
        id: new_id(),
        account_id: holder.id,
        role: wish.role,
        unit_id: unit,
        valid_from: now,
        valid_until: wish.until.and_then(end_of),
        decision_number: wish.decision.as_ref().map(|number| number.as_str().to_owned()),
        created_at: now,
    };
    let actor = Actor {
        account: holder.id,
        name: holder.name.clone(),
        phone: holder.phone.clone(),
        post: row.id,
        role: wish.role,
        unit,
    };
    let scope = Scope::grant(db, tenant, actor, Reach::Tenant, now);
    scope
        .write(async |tx: &Writer<'_>| {
            if let Some(name) = &founding {
                found_city(tx, unit, name).await?;
            }
            tx.insert::<post::Entity>(row).await
        })
        .await
        .map_err(|error| match error {
            DbError::Unique(_) if founding.is_some() => {
                Failure::new("another command has founded the city at this moment; give this one again")
            }
            other => other.into(),
        })
}

async fn found_city(tx: &Writer<'_>, root: UnitId, name: &UnitName) -> Result<(), DbError> {
    let (tenant, now) = (tx.scope().tenant(), tx.scope().now());
    tx.insert_shared::<tenant::Entity>(tenant::Model {
        id: tenant,
        kind: TenantKind::City,
        parent_id: None,
        root_unit_id: root,
        created_at: now,
    })
    .await?;
    let city = unit::Model {
        tenant_id: tenant,
        id: root,
        kind: UnitKind::City,
        branch_kind: None,
        created_at: now,
    };
    tx.insert::<unit::Entity>(city).await?;
    tx.insert::<unit_version::Entity>(unit_version::Model {
        tenant_id: tenant,
        id: new_id(),
        unit_id: root,
        parent_id: None,
        name: name.as_str().to_owned(),
        name_key: name.key(),
        sort_key: name.sort_key(),
        official_code: None,
        valid_from: hanoi_date(now),
        valid_until: None,
    })
    .await
}

/// The first moment after a day, in Hanoi.
fn end_of(last: NaiveDate) -> Option<chrono::DateTime<chrono::Utc>> {
    let next = last.checked_add_days(Days::new(1))?;
    Some(
        next.and_time(NaiveTime::MIN)
            .and_local_timezone(HANOI)
            .single()?
            .to_utc(),
    )
}

fn new_id<T: From<Uuid>>() -> T {
    T::from(uuid_v7(&SystemClock, &SystemEntropy))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_taken_as_people_type_them() {
        assert_eq!(role("city-officer"), Ok(Role::CityOfficer));
        assert_eq!(role("WARD_OFFICER"), Ok(Role::WardOfficer));
        assert!(role("KING").unwrap_err().contains("FAMILY, BRANCH_HEAD"));
    }

    #[test]
    fn a_post_lasts_through_its_last_day_in_hanoi() {
        let end = end_of(NaiveDate::from_ymd_opt(2026, 12, 31).unwrap()).unwrap();
        assert_eq!(end.to_rfc3339(), "2026-12-31T17:00:00+00:00");
    }
}
