//! Two hosts over a network that loses, delays and is cut again and again: everything arrives, once.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread::{scope, sleep},
    time::Duration,
};

use linli_tests::{CITY, COMMUNITY, Hub, Network, Realm, eventually, people_csv, say};
use serde_json::Value;

const PEOPLE: usize = 200;
/// Each way; the kernel's own words.
const SPOILT: [&str; 6] = ["loss", "5%", "delay", "30ms", "rate", "4mbit"];
/// How long the cable is in, and out.
const PLUGGED: Duration = Duration::from_millis(700);
const CUT: Duration = Duration::from_millis(400);
const PATIENCE: Duration = Duration::from_mins(3);

#[test]
fn over_a_bad_network_everything_arrives_once() {
    let network = match Network::make() {
        Ok(network) => network,
        Err(reason) => return say(&format!("skipped: this machine has no hosts to give: {reason}")),
    };
    let [one, two] = &network.hosts;
    let realm = Realm::begin();
    let city = Hub::serve_at(&realm.city.on(one), &format!("{}:0", one.address));
    let desk = realm.place("desk").on(two);
    desk.run(&["join", &city.invite(COMMUNITY, "clerk")]).done();
    let (csv, rows) = people_csv(PEOPLE, 9);
    realm.write("cards.csv", csv);
    desk.json(&["import", "cards.csv"]);
    for host in [one, two] {
        if let Err(reason) = host.spoil(&SPOILT) {
            say(&format!("without loss and delay, which this machine cannot make: {reason}"));
        }
    }
    let done = AtomicBool::new(false);
    scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                sleep(PLUGGED);
                two.plug(false);
                sleep(CUT);
                two.plug(true);
            }
        });
        // Also where the test fails.
        let _until = Ends(&done);
        eventually("the city holds everything", PATIENCE, || {
            let outcome = desk.run(&["sync", "--json"]);
            let held = if outcome.status == Some(0) { outcome.json()["held"].clone() } else { Value::Null };
            let city = held.as_array().into_iter().flatten().find(|level| level["unit"] == CITY).cloned();
            let all = city
                .is_some_and(|city| city["entries"].as_u64() > Some(0) && city["held"] == city["entries"]);
            if all { Ok(()) } else { Err(outcome.told()) }
        });
    });
    let people = city.place.json(&["ledger", "person", "--unit", COMMUNITY]);
    assert_eq!(people.as_array().map(Vec::len), Some(rows), "each person once");
    assert_eq!(city.place.json(&["status"])["left_out"], Value::from(Vec::<Value>::new()));
}

/// Ends the cutting when it goes.
struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
