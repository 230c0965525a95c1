//! The product's promises, each on both databases, in one program.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails loudly where something is missing"
)]

/// Makes of each `async fn name(kind)` two tests, `name::sqlite` and `name::postgres`.
macro_rules! on_both {
    ($($(#[$doc:meta])* async fn $name:ident($kind:ident) $body:block)+) => {$(
        $(#[$doc])*
        mod $name {
            use super::*;

            async fn run($kind: Kind) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                run(Kind::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                run(Kind::Postgres).await;
            }
        }
    )+};
}

mod access;
mod answerable;
mod appointment;
mod architecture;
mod bad_line;
mod bond;
mod budget;
mod chaos;
mod city_post;
mod connections;
mod copy;
mod correction;
mod counters;
mod crash;
mod criteria;
mod documents;
mod edge;
mod evidence;
mod guessing;
mod household;
mod http;
mod instances;
mod joining;
mod keys;
mod limits;
mod live;
mod locks;
mod no_way_past;
mod notification;
mod number;
mod operator;
mod password;
mod program;
mod programme;
mod properties;
mod recovery;
mod registration;
mod retention;
mod rotation;
mod score;
mod second_factor;
mod second_factor_of;
mod security;
mod session;
mod sign_in;
mod statements;
mod subjects;
mod sync;
mod target;
mod tenancy;
mod titles;
mod trusted;
mod upgrade;
mod webhook;
mod year;
