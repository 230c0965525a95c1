//! The one task of a server that finds out what is new, for all its streams.
//!
//! It looks when the relay of this server has told something, when another server says so, and every two seconds, because
//! what others say can be lost. A look is one statement; only where something is new it asks whom it concerns.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use entity::id::{AccountId, PostId, SessionId, TenantId};
use entity::query::ColumnTrait;
use entity::table::{account, session};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use super::hub::Who;
use super::news::{News, Touched};
use super::store;
use crate::app::App;
use crate::error::Result;

/// How often a server looks by itself.
pub const LOOK: Duration = Duration::from_secs(2);
/// How long a stopping server waits for its streams to say goodbye.
pub const GOODBYE: Duration = Duration::from_secs(2);
/// Ids in one statement.
const IDS: usize = 1_000;

/// Looks again and again, until it is dropped.
pub async fn keep(app: &App, every: Duration) {
    tokio::join!(look_on(app, every), listen(app, every));
}

async fn look_on(app: &App, every: Duration) {
    let mut tick = interval(every);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut known = None;
    loop {
        let ticked = tokio::select! {
            _ = tick.tick() => true,
            () = app.live.heard() => false,
        };
        if let Err(error) = look(app, &mut known).await {
            tracing::warn!(%error, "streams were not told; trying again");
        }
        if ticked
            && app.live.connections() > 0
            && let Err(error) = check(app).await
        {
            tracing::warn!(%error, "sessions of streams were not looked at; trying again");
        }
    }
}

/// Says what is new since the last look.
async fn look(app: &App, known: &mut Option<BTreeMap<TenantId, i64>>) -> Result<()> {
    if !app.live.has_streams() {
        *known = None;
        return Ok(());
    }
    let heads = store::heads(app).await?;
    let Some(before) = known.replace(heads.clone()) else {
        // streams have begun while nobody looked: each looks from its own place
        app.live.publish(News::of_everything());
        return Ok(());
    };
    for (tenant, head) in heads {
        let seen = before.get(&tenant).copied().unwrap_or(0);
        if head != seen {
            let touched = store::touched(app, tenant, (seen, head)).await.unwrap_or_else(|error| {
                tracing::warn!(%error, "whom it concerns is not known");
                None
            });
            app.live.publish(News {
                tenant: Some(tenant),
                touched,
            });
        }
    }
    Ok(())
}

/// Calls the connections whose session, account or post is over, and tells of notices of accounts.
async fn check(app: &App) -> Result<()> {
    let now = app.clock.now();
    let people = app.live.people();
    let door = app.db.sign_in();
    let sessions: HashSet<SessionId> = people.iter().map(|who| who.session).collect();
    let mut alive = HashSet::new();
    for ids in pieces(sessions) {
        let find = door.rows::<session::Entity>().filter(session::Column::Id.is_in(ids));
        let rows = find.all().await?;
        alive.extend(rows.iter().filter(|row| row.is_alive(now)).map(|row| row.id));
    }
    let accounts: HashSet<AccountId> = people.iter().map(|who| who.account).collect();
    let mut disabled = HashSet::new();
    for ids in pieces(accounts) {
        let find = door.rows::<account::Entity>().filter(account::Column::Id.is_in(ids));
        let rows = find.filter(account::Column::DisabledAt.lte(now)).all().await?;
        disabled.extend(rows.iter().map(|row| row.id));
    }
    let posts: HashSet<PostId> = people.iter().filter_map(|who| who.post).collect();
    let mut over = posts.clone();
    for ids in pieces(posts) {
        for post in door.posts_in_force(&ids, now).await? {
            over.remove(&post);
        }
    }
    let is_over = |who: &Who| !alive.contains(&who.session) || disabled.contains(&who.account);
    app.live.call(is_over, &over);
    // those who were given one look again; each knows what it has shown
    let readers = door.accounts_given_notice(now - Duration::from_mins(1)).await?;
    if !readers.is_empty() {
        app.live.publish(News {
            tenant: None,
            touched: Some(Touched {
                readers: readers.into_iter().collect(),
                ..Touched::default()
            }),
        });
    }
    Ok(())
}

fn pieces<T>(ids: impl IntoIterator<Item = T>) -> Vec<Vec<T>> {
    let mut pieces: Vec<Vec<T>> = Vec::new();
    for id in ids {
        match pieces.last_mut() {
            Some(piece) if piece.len() < IDS => piece.push(id),
            _ => pieces.push(vec![id]),
        }
    }
    pieces
}

/// Listens to other servers while there are streams, on one connection.
async fn listen(app: &App, every: Duration) {
    loop {
        if !app.live.has_streams() {
            app.live.stream_came().await;
        }
        match app.db.listen().await {
            // one server, which hears itself, or a pooler in between: then the look every two seconds is all there is
            Ok(None) => std::future::pending().await,
            Ok(Some(mut ear)) => {
                while app.live.has_streams() {
                    match timeout(every, ear.heard()).await {
                        Ok(Ok(_)) => app.live.told(),
                        Ok(Err(error)) => {
                            tracing::debug!(%error, "other servers are not heard");
                            break;
                        }
                        // is there still a stream?
                        Err(_) => {}
                    }
                }
            }
            Err(error) => tracing::debug!(%error, "other servers are not heard"),
        }
        sleep(every).await;
    }
}
