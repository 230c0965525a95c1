//! Rights: who asks ([`viewer`]), what can be permitted ([`permission`]), THE table ([`policy`]), the check before any
//! resolver ([`gate`]) and the only way to data ([`context`]).
//!
//! A person's rights come from dated posts, a request acts under one of them. The policy says how far the role of that
//! post reaches; the reach becomes the predicate of every query, so "which rows" is answered where rows are read and
//! never by filtering afterwards.

pub mod above;
pub mod below;
pub mod context;
pub mod gate;
pub mod joining;
pub mod permission;
pub mod policy;
pub mod render;
pub mod viewer;

pub use context::Access;
pub use permission::Permission;
pub use viewer::Viewer;
