//! How often something that can be guessed was tried. Belongs to no tenant, and names nobody: the id is a keyed hash.

use sea_orm::entity::prelude::*;

use crate::id::AttemptId;
use crate::scope::Personal;

/// The attempts at one thing under one rule.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "attempt")]
pub struct Model {
    /// A keyed hash of the rule and of what was tried.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AttemptId,
    /// The rule's name, for an operator who looks.
    #[sea_orm(column_type = "Text")]
    pub rule: String,
    /// When the last attempt was made.
    pub last_at: DateTimeUtc,
    /// When all of them are forgotten: each puts this off by the time in which the rule forgets one.
    pub clear_at: DateTimeUtc,
}

/// Relations are not declared: composite foreign keys live in the schema, and joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Personal for Entity {}
