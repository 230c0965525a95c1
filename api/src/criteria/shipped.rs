//! The sets that come with the program. Those whose official text was not at hand say so: they are marked as samples.

/// Name and text of every set shipped.
pub const SHIPPED: &[(&str, &str)] = &[
    ("family-448-2015", include_str!("sets/family-448-2015.yaml")),
    ("clan-448-2015", include_str!("sets/clan-448-2015.yaml")),
    ("unit-448-2015", include_str!("sets/unit-448-2015.yaml")),
    ("unit-22-2020", include_str!("sets/unit-22-2020.yaml")),
    ("community-448-2015", include_str!("sets/community-448-2015.yaml")),
    ("citizen-pilot", include_str!("sets/citizen-pilot.yaml")),
];
