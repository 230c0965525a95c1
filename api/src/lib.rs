//! Khuyến Học: the backend of the Hanoi Learning Promotion Association.
//!
//! A request's way: [`http`] reads it and asks who sends it, [`access`] decides what they may do and how far they see,
//! a feature ([`household`], [`registration`] ..) parses, decides and stores inside a scope of `entity`, and the answer
//! goes back. `api/docs/architecture.md` has the map.

// a merged schema is one future inside another for each of its parts
#![recursion_limit = "256"]

pub mod access;
pub mod account;
pub mod app;
pub mod assessment;
pub mod certificate;
pub mod citizen;
pub mod clan;
pub mod clock;
pub mod code;
pub mod collective;
pub mod command;
pub mod complaint;
pub mod config;
pub mod copy;
pub mod criteria;
pub mod database;
pub mod demo;
pub mod depot;
pub mod document;
pub mod error;
pub mod evidence;
pub mod global_id;
pub mod household;
pub mod http;
pub mod inbox;
pub mod joining;
pub mod kept;
pub mod live;
pub mod loader;
pub mod notice;
pub mod page;
pub mod paper;
pub mod post;
pub mod printing;
pub mod programme;
pub mod progress;
pub mod push;
pub mod quota;
pub mod receipt;
pub mod recognition;
pub mod recovery;
pub mod registration;
pub mod relay;
pub mod replay;
pub mod request;
pub mod retention;
pub mod scalar;
pub mod schema;
pub mod score;
pub mod second_factor;
pub mod security;
pub mod sender;
pub mod sent;
pub mod session;
pub mod signed;
pub mod subject;
pub mod sync;
pub mod telemetry;
pub mod unit;
