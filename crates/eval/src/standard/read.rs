//! The TOML of a pack, exactly as written: one type for each table, numbers still in quotes.

use serde::Deserialize;
use toml::Spanned;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StandardFile {
    pub id: String,
    pub version: String,
    pub level: Spanned<String>,
    pub zh: String,
    pub en: String,
    pub total: Spanned<String>,
    pub threshold: Spanned<String>,
    pub close_workdays: u32,
    pub findings_lag_days: u32,
    pub hard: Spanned<Vec<String>>,
    pub hard_points: Spanned<String>,
    pub tables: Vec<Spanned<String>>,
    pub category: Vec<CategoryFile>,
    pub item: Vec<ItemFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CategoryFile {
    pub id: Spanned<String>,
    pub zh: String,
    pub en: String,
    pub points: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemFile {
    pub id: Spanned<String>,
    pub zh: String,
    pub en: String,
    pub category: String,
    pub points: String,
    pub method: String,
    pub veto: Option<String>,
    #[serde(default)]
    pub all_parts: bool,
    pub twin: Option<String>,
    pub part: Vec<PartFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartFile {
    pub id: Spanned<String>,
    pub zh: String,
    pub en: String,
    pub points: Option<String>,
    pub rule: RuleFile,
    pub measure: Option<String>,
    pub rows: Option<String>,
    pub checks: Option<Vec<SlotFile>>,
    pub slots: Option<SlotsFile>,
    #[serde(default)]
    pub open: bool,
    pub pooled_from: Option<String>,
    pub minimum: Option<u64>,
    pub below: Option<String>,
    pub blocked_by: Option<String>,
    pub sign_off_blocked_by: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleFile {
    pub kind: String,
    pub at: Option<String>,
    pub misses_allowed: Option<u64>,
    pub from: Option<String>,
    pub full: Option<String>,
    pub per_miss: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlotFile {
    pub subject: String,
    pub zh: String,
    pub en: String,
}

/// Slots that differ by a number alone; `{n}` stands for it in the texts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlotsFile {
    pub prefix: String,
    pub count: u32,
    pub zh: String,
    pub en: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReasonsFile {
    pub reason: Vec<ReasonFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReasonFile {
    pub code: String,
    pub zh: String,
    pub en: String,
}
