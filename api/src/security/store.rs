//! Reading the security journal.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::id::{AccountId, PostId, SecurityEventId};
use entity::query::{ColumnTrait, Condition, Order};
use entity::scope::Db;
use entity::table::security_event;
use entity::vocabulary::Role;

use crate::error::Result;

/// The place of an event in the list: newest first.
pub type Place = (DateTime<Utc>, SecurityEventId);

/// What happened to an account, newest first, after a place in the list.
///
/// # Errors
/// What the database answers.
pub async fn events_of(
    db: &Db,
    account: AccountId,
    after: Option<&Place>,
    limit: u64,
) -> Result<Vec<security_event::Model>> {
    use security_event::Column::{AccountId as Account, At, Id};
    let mut find = db
        .sign_in()
        .rows::<security_event::Entity>()
        .filter(Account.eq(account));
    if let Some((at, id)) = after {
        let beyond = Condition::any()
            .add(At.lt(*at))
            .add(Condition::all().add(At.eq(*at)).add(Id.lt(*id)));
        find = find.filter(At.lte(*at)).filter(beyond);
    }
    Ok(find
        .order_by(At, Order::Desc)
        .order_by(Id, Order::Desc)
        .limit(limit)
        .all()
        .await?)
}

/// The roles of the posts under which others did something.
///
/// # Errors
/// What the database answers.
pub async fn roles_in(db: &Db, events: &[security_event::Model]) -> Result<HashMap<PostId, Role>> {
    let posts: Vec<PostId> = events.iter().filter_map(|event| event.by_post_id).collect();
    let posts = db.sign_in().posts_by_id(&posts).await?;
    Ok(posts.into_iter().map(|post| (post.id, post.role)).collect())
}
