//! `khuyenhoc account create`: how the first people of an installation come in.
//!
//! The first city officer brings the city association with them, because an association without anybody who may act in
//! it would be of no use. Everything after that is the API's; this command stays for officers of the other levels.

use clap::Args;
use entity::scope::{NewAccount, PersonalWriter};
use entity::table::account;
use entity::value::{PersonName, PhoneNumber, UserName};
use entity::vocabulary::{Role, SecurityEventKind};

use super::appoint::{PostOptions, Wish, appoint, check_holder, told};
use super::office::Office;
use super::{password, place, role};
use crate::account::password::About;
use crate::command::failure::Failure;
use crate::error::Error;
use crate::session::journal::{self, Entry};

/// Options of `account create`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  khuyenhoc account create --name 'Hoàng Thu Thủy' --phone '0912 345 678'\n  \
    khuyenhoc account create --name 'Đặng Quang Sơn' --user-name sondq --role DISTRICT_OFFICER --unit UNIT_ID \\\n    \
    --until 2030-12-31 --decision '12/QĐ-HKH' --password-stdin < password.txt"
)]
pub(in crate::command) struct CreateOptions {
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
    #[command(flatten)]
    post: PostOptions,
    /// Name of the city association, when this makes it [default: Thành phố Hà Nội]
    #[arg(long, value_name = "NAME")]
    city: Option<String>,
    /// Read the password from one line of standard input instead of making one up
    #[arg(long)]
    password_stdin: bool,
}

/// Who is to get an account.
struct Person {
    name: PersonName,
    phone: Option<PhoneNumber>,
    user_name: Option<UserName>,
}

impl Person {
    fn parse(options: &CreateOptions) -> Result<Self, Failure> {
        let phone = options.phone.as_deref().map(PhoneNumber::parse).transpose();
        let user_name = options.user_name.as_deref().map(UserName::parse).transpose();
        Ok(Self {
            name: PersonName::parse(&options.name).map_err(told("name"))?,
            phone: phone.map_err(told("phone"))?,
            user_name: user_name.map_err(told("user-name"))?,
        })
    }
}

/// Makes the account, and gives it the post.
///
/// # Errors
/// An option is wrong, the account is there already, the unit does not fit the role, or what the database answers.
pub(super) async fn create(office: &Office, options: &CreateOptions) -> Result<(), Failure> {
    let wish = Wish::parse(options.role, &options.post, office.now())?;
    let person = Person::parse(options)?;
    let door = office.db().sign_in();
    let known = match (&person.phone, &person.user_name) {
        (Some(phone), _) => door.account_by_phone(phone).await?,
        (None, Some(user_name)) => door.account_by_user_name(user_name).await?,
        (None, None) => return Err(Failure::new("say --phone or --user-name")),
    };
    if let Some(account) = &known {
        check_unfinished(office, account, options).await?;
    }
    let phone = match &known {
        Some(account) => account.phone.is_some(),
        None => person.phone.is_some(),
    };
    check_holder(wish.role, phone)?;
    let (unit, city) = (options.post.unit.as_deref(), options.city.as_deref());
    let place = place::find(office.db(), wish.role, unit, city).await?;
    let holder = match known {
        Some(account) => account,
        None => make_account(office, options, person).await?,
    };
    appoint(office, &holder, place, &wish).await
}

/// Whether an account was made by a run that ended before it could give the post; such a run is gone on with.
async fn check_unfinished(office: &Office, account: &account::Model, options: &CreateOptions) -> Result<(), Failure> {
    if office.db().sign_in().was_ever_appointed(account.id).await? {
        return Err(Failure::new(
            "this account exists already; `khuyenhoc account grant` gives it another post",
        ));
    }
    if options.password_stdin {
        return Err(Failure::new(
            "this account exists already and keeps its password; leave --password-stdin out to give it its post",
        ));
    }
    Ok(())
}

async fn make_account(office: &Office, options: &CreateOptions, person: Person) -> Result<account::Model, Failure> {
    let (app, request) = (&office.app, &office.request);
    let password = password::take(app.entropy.as_ref(), options.password_stdin)?;
    let about = About {
        name: person.name.as_str(),
        phone: person.phone.as_ref().map(PhoneNumber::as_str),
        user_name: person.user_name.as_ref().map(UserName::as_str),
    };
    let new_password = password::check(&password, &about)?;
    let row = account::Model::from(NewAccount {
        id: app.new_account_id(),
        name: person.name,
        phone: person.phone,
        is_phone_proven: true,
        user_name: person.user_name,
        password_hash: Some(app.passwords.hash(new_password).await?),
        created_at: office.now(),
    });
    let door = app.db.sign_in();
    let made = door.write(async |tx: &PersonalWriter| -> Result<(), Error> {
        tx.insert::<account::Entity>([row.clone()]).await?;
        journal::record(app, tx, request, Entry::of(SecurityEventKind::AccountCreated, row.id)).await
    });
    made.await?;
    // before anything else can fail: it is not shown again
    password::show(&password, options.password_stdin)?;
    Ok(row)
}
