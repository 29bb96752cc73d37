//! A household card and its people, before they become edits of documents.

use linli_model::{Edit, idnumber::Sex, kind};
use linli_store::DocumentEdits;
use linli_wire::DocId;

use crate::{
    dates::iso,
    help::Help,
    write::{Fields, as_event, first_import},
};

/// One household.
#[derive(Debug, Clone)]
pub struct Card {
    pub id: DocId,
    pub number: String,
    pub dwelling: String,
    pub address: String,
    pub registered_address: String,
    pub phone: String,
    pub low_income: bool,
    pub opened: i64,
    /// The card that it was split from.
    pub split_from: Option<DocId>,
    pub verified: i64,
    pub verified_by: &'static str,
    pub members: Vec<Member>,
    pub visits: Vec<Visit>,
}

/// One person of a household.
#[derive(Debug, Clone)]
pub struct Member {
    pub id: DocId,
    pub relation: &'static str,
    pub name: String,
    pub number: String,
    pub sex: Sex,
    pub birth: i64,
    /// The date of birth that stood here before it was corrected.
    pub claimed_birth: Option<i64>,
    pub education: &'static str,
    pub marriage: &'static str,
    pub registration_kind: &'static str,
    pub registration_division: String,
    pub retirement: &'static str,
    pub skills: &'static str,
    pub phone: String,
    pub verified: i64,
    pub episodes: Vec<Episode>,
    pub placements: Vec<Placement>,
    pub certifications: Vec<Certification>,
    pub help: Help,
}

#[derive(Debug, Clone, Default)]
pub struct Episode {
    pub key: String,
    pub dimension: &'static str,
    pub code: &'static str,
    pub start: i64,
    pub end: Option<i64>,
    pub reason: &'static str,
    pub former_employer: &'static str,
    pub certificate: String,
    pub evidence: String,
}

#[derive(Debug, Clone)]
pub struct Placement {
    pub key: String,
    pub start: i64,
    pub end: Option<i64>,
    pub form: &'static str,
    pub employer: &'static str,
    pub pay_yuan: i64,
    pub evidence: &'static str,
    pub evidence_ref: String,
    pub end_reason: &'static str,
    /// Whether it is said to be news and was recorded long after it began.
    pub recorded_late: bool,
}

#[derive(Debug, Clone)]
pub struct Certification {
    pub key: String,
    pub category: &'static str,
    pub start: i64,
    pub worker: &'static str,
}

#[derive(Debug, Clone)]
pub struct Visit {
    pub key: String,
    pub day: i64,
    pub how: &'static str,
    pub result: &'static str,
    pub visitor: &'static str,
}

/// Days before the last verification of a card that the one before it was made.
const EARLIER_DAYS: i64 = 180;

impl Card {
    /// The household's document, then one for each person.
    pub fn documents(&self) -> Vec<DocumentEdits> {
        let household = DocumentEdits { id: self.id, kind: &kind::HOUSEHOLD, edits: self.edits() };
        let people = self.members.iter().map(|member| DocumentEdits {
            id: member.id,
            kind: &kind::PERSON,
            edits: member.edits(),
        });
        std::iter::once(household).chain(people).collect()
    }

    fn edits(&self) -> Vec<Edit> {
        let mut fields = Fields::default();
        fields
            .text("card_no", &self.number)
            .text("kind", "1")
            .text("state", "1")
            .text("dwelling", &self.dwelling)
            .text("address", &self.address)
            .text("registered_address", &self.registered_address)
            .text("phone", &self.phone)
            .number("low_income", i64::from(self.low_income))
            .text("opened", &iso(self.opened))
            .text("verified", &iso(self.verified))
            .text("verified_by", self.verified_by);
        if let Some(from) = self.split_from {
            fields.text("split_from", &from.to_string());
        }
        if let Some(head) = self.members.first() {
            fields.text("head", &head.id.to_string());
        }
        for member in &self.members {
            fields.item("members", &member.id.to_string()).text("relation", member.relation);
        }
        verification(&mut fields, (self.verified - EARLIER_DAYS).max(self.opened));
        for visit in &self.visits {
            visit.write(&mut fields);
        }
        fields.done()
    }
}

/// Keeps a day of verification that a later one took the place of.
pub fn verification(fields: &mut Fields, day: i64) {
    fields.item("verifications", &iso(day)).text("day", &iso(day));
}

impl Visit {
    pub fn write(&self, fields: &mut Fields) {
        fields
            .item("visits", &self.key)
            .text("day", &iso(self.day))
            .text("how", self.how)
            .text("result", self.result)
            .text("visitor", self.visitor);
    }
}

impl Member {
    /// The status episode that is open and is one of being out of work.
    pub fn open_unemployment(&self) -> Option<&Episode> {
        self.episodes.iter().find(|episode| {
            episode.dimension == "status" && matches!(episode.code, "2" | "3" | "4") && episode.end.is_none()
        })
    }

    fn edits(&self) -> Vec<Edit> {
        let mut fields = Fields::default();
        fields
            .text("id_no", &self.number)
            .text("name", &self.name)
            .text("sex", self.sex.code())
            .text("birth", &iso(self.birth))
            .text("education", self.education)
            .text("marriage", self.marriage)
            .text("registration_kind", self.registration_kind)
            .text("registration_division", &self.registration_division)
            .text("retirement", self.retirement)
            .text("skills", self.skills)
            .text("phone", &self.phone)
            .text("verified", &iso(self.verified));
        for episode in &self.episodes {
            episode.write(&mut fields);
            first_import(&mut fields);
        }
        for placement in &self.placements {
            placement.write(&mut fields);
            if placement.recorded_late {
                as_event(&mut fields);
            } else {
                first_import(&mut fields);
            }
        }
        for certification in &self.certifications {
            fields
                .item("certifications", &certification.key)
                .text("category", certification.category)
                .text("start", &iso(certification.start))
                .text("worker", certification.worker);
            first_import(&mut fields);
        }
        self.help.write(&mut fields);
        fields.done()
    }
}

impl Episode {
    pub fn write(&self, fields: &mut Fields) {
        fields
            .item("episodes", &self.key)
            .text("dimension", self.dimension)
            .text("code", self.code)
            .text("start", &iso(self.start))
            .day("end", self.end)
            .text("reason", self.reason)
            .text("former_employer", self.former_employer)
            .text("certificate", &self.certificate)
            .text("evidence", &self.evidence);
    }
}

impl Placement {
    pub fn write(&self, fields: &mut Fields) {
        fields
            .item("placements", &self.key)
            .text("start", &iso(self.start))
            .day("end", self.end)
            .text("form", self.form)
            .text("employer", self.employer)
            .number("pay", self.pay_yuan)
            .text("evidence", self.evidence)
            .text("evidence_ref", &self.evidence_ref)
            .text("end_reason", self.end_reason);
    }
}
