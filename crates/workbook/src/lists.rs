//! Files that have a row a thing: placements, visits, vacancies, dwellings, staff.
//!
//! Their columns follow from the fields of the kind, after the number of the person or card that a row belongs to. A row is known
//! again by the fields that tell it apart ([`List::identity`]): the same file twice adds nothing, a changed cell changes that field, an
//! empty one leaves what is recorded.

mod export;
mod import;

use std::sync::OnceLock;

use linli_model::kind::{DWELLINGS, HOUSEHOLD, PERSON, STAFF, VACANCY};
use linli_model::{Collection, Field, FieldType, Kind, Value};
use linli_wire::{Channel, Level, UnitPath};

pub use export::{export, template};
pub use import::{ListReport, import};

use crate::check::Fields;
use crate::columns::{self, COLUMNS, Column, Target};
use crate::error::WorkbookError;
use crate::sheet;

/// Whose a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// Of the person whose ID number the row names.
    Person,
    /// Of the card whose number the row names.
    Card,
    /// Of the community's dwelling register.
    Register,
    /// The unit's own: each row is a document.
    Unit,
}

/// One kind of list.
#[derive(Debug, PartialEq, Eq)]
pub struct List {
    /// The published table that it fills.
    pub name: &'static str,
    pub zh: &'static str,
    pub en: &'static str,
    pub kind: &'static Kind,
    pub collection: Option<&'static Collection>,
    pub owner: Owner,
    pub columns: Vec<Column>,
    identities: &'static [&'static [&'static str]],
    /// Whether a row tells of what has happened, so that it is not dated in the future.
    happened: bool,
}

impl List {
    /// The groups of fields that tell a row apart.
    pub const fn identities(&self) -> &'static [&'static [&'static str]] {
        self.identities
    }

    /// Whether its rows say something about people.
    pub fn names_people(&self) -> bool {
        self.owner != Owner::Register && self.kind != &VACANCY
    }

    /// The column that names whose a row is.
    fn owner_column(&self) -> Option<&'static str> {
        match self.owner {
            Owner::Person => Some("id_no"),
            Owner::Card => Some("card_no"),
            Owner::Register | Owner::Unit => None,
        }
    }

    fn fields(&self) -> &'static [Field] {
        self.collection.map_or(self.kind.fields, |collection| collection.fields)
    }

    /// What tells a row apart from others of the same owner: the first group of fields of which all are filled in. `None`
    /// where no group is.
    fn identity(&self, fields: &Fields) -> Option<String> {
        let text = |field: &&str| match fields.get(*field)? {
            Value::Text(text) => Some(text.clone()),
            Value::Int(number) => Some(number.to_string()),
        };
        let group = |group: &&[&str]| group.iter().map(text).collect::<Option<Vec<String>>>();
        self.identities.iter().find_map(group).map(|texts| texts.join("\u{1f}"))
    }

    /// The channel that its rows stand in.
    fn channel(&self, unit: &UnitPath) -> Option<Channel> {
        let community = unit.level() == Level::Community;
        match self.owner {
            Owner::Person | Owner::Card => community.then_some(Channel::Records),
            Owner::Register => community.then_some(Channel::Oversight),
            // A hub's vacancies are there for everyone below it.
            Owner::Unit if self.kind == &VACANCY && !community => Some(Channel::Notices),
            Owner::Unit => Some(Channel::Records),
        }
    }
}

/// Every kind of list.
pub fn lists() -> &'static [List] {
    static LISTS: OnceLock<Vec<List>> = OnceLock::new();
    LISTS.get_or_init(|| {
        let of = |name, kind: &'static Kind, collection: Option<&str>, owner| {
            let collection = collection.and_then(|name| kind.collection(name));
            let (zh, en) = collection.map_or((kind.zh, kind.en), |c| (c.zh, c.en));
            List {
                name,
                zh,
                en,
                kind,
                collection,
                owner,
                columns: Vec::new(),
                identities: &[],
                happened: false,
            }
        };
        let mut lists = vec![
            List {
                identities: &[&["start"]],
                happened: true,
                ..of("placement", &PERSON, Some("placements"), Owner::Person)
            },
            List {
                identities: &[&["day"]],
                happened: true,
                ..of("visit", &HOUSEHOLD, Some("visits"), Owner::Card)
            },
            List {
                identities: &[
                    &["source", "source_no"],
                    &["employer", "trade", "start"],
                    &["employer", "start"],
                ],
                ..of("vacancy", &VACANCY, None, Owner::Unit)
            },
            List {
                identities: &[&["dwelling"]],
                ..of("dwelling", &DWELLINGS, Some("dwellings"), Owner::Register)
            },
            List {
                identities: &[&["name", "start"]],
                happened: true,
                ..of("staff", &STAFF, None, Owner::Unit)
            },
        ];
        for list in &mut lists {
            list.columns = columns_of(list);
        }
        lists
    })
}

/// Vacancies as a labour market sends them: each under its source's name and number, by which it is known again.
pub fn feed() -> &'static List {
    static FEED: OnceLock<List> = OnceLock::new();
    FEED.get_or_init(|| {
        let (zh, en) = (VACANCY.zh, VACANCY.en);
        let mut list = List {
            name: "vacancy",
            zh,
            en,
            kind: &VACANCY,
            collection: None,
            owner: Owner::Unit,
            columns: Vec::new(),
            identities: &[&["source", "source_no"]],
            happened: false,
        };
        list.columns = columns_of(&list);
        list
    })
}

/// The list of a name, English or Chinese.
pub fn by_name(name: &str) -> Option<&'static List> {
    lists().iter().find(|list| list.name == name || list.zh == name)
}

/// The list that a file's headers are those of; `None` where they are those of cards and people, or of nothing.
pub fn recognise(bytes: &[u8], name: &str) -> Result<Option<&'static List>, WorkbookError> {
    let headers = sheet::headers(bytes, name)?;
    let fits = |columns: &[Column]| {
        headers.iter().all(|header| columns.iter().any(|column| column.is_headed(header)))
            && columns.iter().filter(|c| c.required).all(|c| headers.iter().any(|h| c.is_headed(h)))
    };
    Ok(lists().iter().find(|list| fits(&list.columns)).filter(|_| !fits(COLUMNS)))
}

fn columns_of(list: &List) -> Vec<Column> {
    let owner = list.owner_column().map(|name| {
        let known = columns::known(name);
        Column {
            name: known.name,
            zh: known.zh,
            en: known.en,
            aliases: known.aliases,
            required: true,
            target: known.target,
            example: known.example,
        }
    });
    // What a row is known by in every case, and what its document cannot do without.
    let needed = |field: &Field| {
        let always = list.identities.len() == 1 && list.identities[0].contains(&field.name);
        always || (list.collection.is_none() && list.kind.required.contains(&field.name))
    };
    let of = |field: &'static Field| Column {
        name: field.name,
        zh: field.zh,
        en: field.en,
        aliases: &[],
        required: needed(field),
        target: Target::Listed(field),
        example: example(field),
    };
    let typed = |field: &&Field| {
        !matches!(
            field.ty,
            FieldType::Document | FieldType::Unit | FieldType::CodeBy { .. } | FieldType::Content
        )
    };
    owner.into_iter().chain(list.fields().iter().filter(typed).map(of)).collect()
}

fn example(field: &Field) -> &'static str {
    match field.ty {
        FieldType::Date => "2026-06-01",
        FieldType::Int { .. } => "1",
        FieldType::Flag => "是",
        FieldType::Code(list) => list.codes.first().map_or("", |code| code.zh),
        _ => "",
    }
}

#[cfg(test)]
mod tests;
