//! Document kinds as data: every kind, its fields and its collections.
//!
//! A document is a map of fields, and below it a few named collections: maps from a key to an item,
//! which is again a map of fields. Fields are added, never renamed or retyped, because every device of
//! every version reads every document.

mod attachments;
mod moves;
mod notices;
mod oversight;
mod person;
mod programme;
mod records;
mod reports;
mod road;
mod site;
mod work;

use linli_wire::{Channel, DocId, limits};

pub use attachments::{ATTACHMENT_BYTES_MAX, ATTACHMENTS};
pub use moves::{MOVE_ANSWER, MOVE_OFFER};
pub use notices::{SCORECARD, STANDARD, UNIT};
pub use oversight::{DETERMINATION, DISPROOF, DWELLINGS, FINDING, RESIDUE};
pub use person::PERSON;
pub use programme::{CAMPAIGN, GROUP, PAPER, TARGET};
pub use records::{HOUSEHOLD, PROFILE};
pub use reports::{NIL, RETURN, SAMPLE, SUPERVISION, SURVEY};
pub use road::{APPEAL, DECLARATION, PUBLIC_NOTICE, STEP};
pub use site::{EQUIPMENT, EXCHANGES, PREMISES, STAFF};
pub use work::{COMPLAINT, POSTING, PUBLICITY, VACANCY};

use crate::codes::CodeList;

/// Bytes of a field that holds a whole file: a standard's SQL, a scorecard.
pub const CONTENT_BYTES_MAX: usize = 256 << 10;
/// Bytes of an item's key where keys are file names.
pub const NAME_BYTES_MAX: usize = 128;

/// What a field may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldType {
    /// What a person typed, up to [`limits::FIELD_BYTES_MAX`] bytes.
    Text,
    /// A whole file as text, up to [`CONTENT_BYTES_MAX`] bytes.
    Content,
    /// ISO 8601, `2026-01-05`.
    Date,
    /// A whole number within bounds, both included.
    Int { min: i64, max: i64 },
    /// 0 or 1.
    Flag,
    /// A code of one list.
    Code(&'static CodeList),
    /// A code of the list that another field of the same item chooses.
    CodeBy { field: &'static str, lists: &'static [(&'static str, &'static CodeList)] },
    /// A citizen ID number, 18 characters.
    IdNumber,
    /// Another document of the same space: 32 hexadecimal digits.
    Document,
    /// A unit path, `3211/02/001/001`.
    Unit,
}

/// One field of a document or of a collection's items.
#[derive(Debug, PartialEq, Eq)]
pub struct Field {
    pub name: &'static str,
    pub zh: &'static str,
    pub en: &'static str,
    pub ty: FieldType,
    /// Two concurrent values of a vital field are a conflict that somebody has to settle, and are
    /// listed as one; of any other field the later operation stands.
    pub vital: bool,
}

impl Field {
    /// The greatest length of its text.
    pub const fn bytes_max(&self) -> usize {
        match self.ty {
            FieldType::Content => CONTENT_BYTES_MAX,
            _ => limits::FIELD_BYTES_MAX,
        }
    }
}

/// What an item's key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// A random UUID, 32 hexadecimal digits.
    Uuid,
    /// The id of the document that the item is about.
    Document,
    /// A file name: ASCII letters, digits, `.`, `_`, `-` and `/`.
    Name,
}

/// A named map of items below a document.
#[derive(Debug, PartialEq, Eq)]
pub struct Collection {
    pub name: &'static str,
    pub zh: &'static str,
    pub en: &'static str,
    pub key: Key,
    /// The schema version of the kind that added it.
    pub since: u16,
    pub fields: &'static [Field],
}

impl Collection {
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Whether a text can be the key of one of its items.
    pub fn is_key(&self, key: &str) -> bool {
        match self.key {
            Key::Uuid | Key::Document => crate::value::is_hex32(key),
            Key::Name => {
                (1..=NAME_BYTES_MAX).contains(&key.len())
                    && key.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-/".contains(&b))
            }
        }
    }
}

/// A kind of document.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// The number that stands in entry headers.
    pub code: u16,
    pub name: &'static str,
    pub zh: &'static str,
    pub en: &'static str,
    /// The schema version that this software writes.
    pub schema: u16,
    /// The channels in which such a document counts; elsewhere it gives no rows.
    pub channels: &'static [Channel],
    /// Whether a space has exactly one, under the id that [`Kind::fixed_id`] gives.
    pub singleton: bool,
    /// The field of which a space has exactly one document a value, under the id that
    /// [`Kind::fixed_id`] gives for that value.
    pub keyed_by: Option<&'static str>,
    /// The fields without which a document says nothing and gives no rows.
    pub required: &'static [&'static str],
    pub fields: &'static [Field],
    pub collections: &'static [Collection],
}

impl Kind {
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    pub fn collection(&self, name: &str) -> Option<&'static Collection> {
        self.collections.iter().find(|collection| collection.name == name)
    }

    /// The id of the one document of a singleton (whatever `key`), or of the one for `key` of a keyed
    /// kind, so that two devices that create it apart from each other create the same document. `None`
    /// for every other kind: those take a random id.
    pub fn fixed_id(&self, key: &str) -> Option<DocId> {
        match (self.singleton, self.keyed_by) {
            (true, _) => Some(DocId::singleton(self.name)),
            (false, Some(_)) => Some(DocId::singleton(&format!("{} {key}", self.name))),
            (false, None) => None,
        }
    }
}

/// Every kind, in the order of its code.
pub const ALL: &[&Kind] = &[
    &HOUSEHOLD,
    &PERSON,
    &PROFILE,
    &DWELLINGS,
    &FINDING,
    &DISPROOF,
    &DETERMINATION,
    &UNIT,
    &STANDARD,
    &SCORECARD,
    &RESIDUE,
    &MOVE_OFFER,
    &MOVE_ANSWER,
    &VACANCY,
    &POSTING,
    &STAFF,
    &PREMISES,
    &EQUIPMENT,
    &EXCHANGES,
    &RETURN,
    &NIL,
    &SUPERVISION,
    &SAMPLE,
    &SURVEY,
    &COMPLAINT,
    &PUBLICITY,
    &GROUP,
    &PAPER,
    &TARGET,
    &CAMPAIGN,
    &DECLARATION,
    &STEP,
    &PUBLIC_NOTICE,
    &APPEAL,
];

/// The kind of a code in an entry header; `None` for one of a later version.
pub fn by_code(code: u64) -> Option<&'static Kind> {
    ALL.iter().copied().find(|kind| u64::from(kind.code) == code)
}

pub fn by_name(name: &str) -> Option<&'static Kind> {
    ALL.iter().copied().find(|kind| kind.name == name)
}

/// Writes fields as lines: name, Chinese name, English name, type, and `vital` where it is so.
macro_rules! fields {
    (@vital) => { false };
    (@vital vital) => { true };
    ($($name:literal $zh:literal $en:literal $ty:expr $(, $vital:ident)?;)*) => {
        &[$($crate::kind::Field {
            name: $name, zh: $zh, en: $en, ty: $ty, vital: $crate::kind::fields!(@vital $($vital)?),
        }),*]
    };
}
use fields;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn kinds_are_found_by_code_and_by_name() {
        for kind in ALL {
            assert_eq!(by_code(u64::from(kind.code)), Some(*kind));
            assert_eq!(by_name(kind.name), Some(*kind));
        }
        assert_eq!(by_code(0), None);
        assert_eq!(by_code(65_536 + 1), None);
        let codes: Vec<u16> = ALL.iter().map(|kind| kind.code).collect();
        assert_eq!(codes, (1..=34).collect::<Vec<u16>>());
    }

    #[test]
    fn no_name_stands_for_two_things_in_one_map() {
        for kind in ALL {
            let mut names = BTreeSet::new();
            let collections = kind.collections.iter().map(|c| c.name);
            for name in kind.fields.iter().map(|f| f.name).chain(collections) {
                assert!(names.insert(name), "{} {name}", kind.name);
            }
            for collection in kind.collections {
                assert!((1..=kind.schema).contains(&collection.since));
                let fields: BTreeSet<&str> = collection.fields.iter().map(|f| f.name).collect();
                assert_eq!(fields.len(), collection.fields.len(), "{}", collection.name);
            }
            for field in kind.keyed_by.iter().chain(kind.required) {
                assert!(kind.field(field).is_some(), "{} {field}", kind.name);
            }
        }
    }

    #[test]
    fn a_singleton_has_one_id_and_a_keyed_document_one_for_each_key() {
        assert_eq!(PROFILE.fixed_id(""), PROFILE.fixed_id("anything"));
        assert_ne!(UNIT.fixed_id("3211/02"), UNIT.fixed_id("3211/11"));
        assert_ne!(PROFILE.fixed_id(""), DWELLINGS.fixed_id(""));
        assert_eq!(PERSON.fixed_id("3211"), None);
    }

    #[test]
    fn keys_have_the_shape_that_their_collection_asks_for() {
        let uuid = "0123456789abcdef0123456789abcdef";
        for (kind, collection, key, expected) in [
            (&PERSON, "episodes", uuid, true),
            (&PERSON, "episodes", "0123456789ABCDEF0123456789ABCDEF", false),
            (&PERSON, "episodes", "", false),
            (&HOUSEHOLD, "members", uuid, true),
            (&STANDARD, "files", "measures/C10.sql", true),
            (&STANDARD, "files", "a b", false),
            (&STANDARD, "files", "", false),
        ] {
            let collection = kind.collection(collection).expect("the collection is one of the kind");
            assert_eq!(collection.is_key(key), expected, "{key}");
        }
        let files = STANDARD.collection("files").expect("a standard has files");
        assert!(files.is_key(&"a".repeat(NAME_BYTES_MAX)));
        assert!(!files.is_key(&"a".repeat(NAME_BYTES_MAX + 1)));
    }
}
