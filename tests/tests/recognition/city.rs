//! A city of four levels that is carried by stick, with one community whose records meet the standard.

use linli_model::date;
use linli_tests::{CITY, COMMUNITY, DISTRICT, Place, Realm, STREET, Stick, as_of};
use serde_json::{Value, json};

/// A city without a network: everybody knows what a stick brought.
pub struct City {
    pub realm: Realm,
    pub district: Place,
    pub street: Place,
    pub community: Place,
    stick: Stick,
}

impl City {
    pub fn begin() -> Self {
        let realm = Realm::begin();
        let district = realm.join_by_files(&realm.city, DISTRICT, "hub", "district");
        let street = realm.join_by_files(&district, STREET, "hub", "street");
        let community = realm.join_by_files(&street, COMMUNITY, "clerk", "community");
        let city = Self { realm, district, street, community, stick: Stick("stick.bundle".to_owned()) };
        city.down();
        city
    }

    pub fn up(&self) {
        self.stick.carry(&self.community, STREET, &self.street);
        self.stick.carry(&self.street, DISTRICT, &self.district);
        self.stick.carry(&self.district, CITY, &self.realm.city);
    }

    pub fn down(&self) {
        self.stick.carry(&self.realm.city, DISTRICT, &self.district);
        self.stick.carry(&self.district, STREET, &self.street);
        self.stick.carry(&self.street, COMMUNITY, &self.community);
    }

    /// A good community, what its street keeps of it, and the checklist answered by the district.
    pub fn records_that_meet(&self) {
        let people = ["generate", "--households", "40", "--unit", COMMUNITY];
        self.community.run(&people).done();
        self.street.run(&people).done();
        self.up();
        for check in self.checks() {
            finding(&self.district, &check, "hit=yes");
        }
        // Where nobody is there to count, the district signs for it.
        let scored = self.district.json(&["evaluate", "--unit", COMMUNITY]);
        for item in scored["units"][0]["pending"].as_array().into_iter().flatten() {
            let signed = json!({"item": item, "part": "sign_off", "subject": "sign_off"});
            finding(&self.district, &signed, "hit=yes");
        }
        let scored = self.district.json(&["evaluate", "--unit", COMMUNITY]);
        assert_eq!(scored["units"][0]["outcome"], "meets", "{scored:#}");
        self.up();
        self.down();
    }

    pub fn checks(&self) -> Vec<Value> {
        let checks = self.district.json(&["standard", "checks", "community"]);
        checks.as_array().cloned().expect("the checks are a list")
    }
}

/// Answers a check on the last day of the period.
pub fn finding(place: &Place, check: &Value, hit: &str) {
    let day = format!("day={}", period_end());
    let field = |name: &str| format!("{name}={}", check[name].as_str().unwrap_or_default());
    let (item, part, subject) = (field("item"), field("part"), field("subject"));
    let finding = ["record", "finding", "--unit", COMMUNITY, &item, &part, &subject, hit, &day];
    place.run(&finding).done();
}

/// The last 31 October, up to which units are scored.
pub fn period_end() -> String {
    linli_node::Period::last_until(&as_of()).expect("today is a date").as_of
}

/// The community as a place sees it.
pub fn stands(place: &Place) -> Value {
    let status = place.json(&["assess", "status", "--unit", COMMUNITY]);
    let units = status["units"].as_array().cloned().unwrap_or_default();
    assert_eq!(units.len(), 1, "{status}");
    units[0].clone()
}

/// The day this many days before today.
pub fn ago(days: i64) -> String {
    let today = date::day_of_iso(&as_of()).expect("today is a date");
    date::from_day_number(today - days).map(date::to_iso).expect("the day is a date")
}
