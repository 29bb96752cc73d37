//! A unit whose own work is in order: what a test adds so that only what it is about costs points.

use linli_eval::{Date, Engine as _, SqlValue, Standard};

use super::{
    sqlite::Sqlite,
    world::{AS_OF, Person, World, date},
};

const START: &str = "2025-11-01";

fn iso(day: i64) -> String {
    Date::from_day_number(day).to_string()
}

impl World {
    /// Everything that inspectors look at is met, what may be empty is signed off, and the unit's own work is done:
    /// posts, boards, exchanges, nils, samples and answers, and for everybody on its cards weekly visits, plans,
    /// services and referrals.
    pub fn in_order(&mut self, unit: &str, standard: &Standard) -> &mut Self {
        self.all_met(unit, standard).kept(unit).answers(unit, 40);
        self.sampled(unit, "C06", 30, 5).sampled(unit, "S06", 30, 5)
    }

    /// What the unit itself and the node keep.
    pub fn kept(&mut self, unit: &str) -> &mut Self {
        self.posts(unit).boards(unit).exchanges(unit).nils(unit).helped(unit).returned(unit)
    }

    /// The returns that are due since everything was recorded, and the register, with the numbers of a recount.
    pub fn returned(&mut self, unit: &str) -> &mut Self {
        for month in [
            "2025-12", "2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06", "2026-07",
            "2026-08", "2026-09", "2026-10",
        ] {
            let first: Date = format!("{month}-01").parse().expect("a month has a first day");
            let end = first.plus_months(1).plus_days(-1);
            let cells = self.recounted(unit, end.day_number());
            self.filed(unit, "monthly", month, &end.plus_days(3).to_string(), cells);
        }
        let cells = self.recounted(unit, date(AS_OF));
        self.filed(unit, "register", "2026-10", "2026-11-03", cells)
    }

    /// What a return has to say for a day, of a world in which everything was recorded long before.
    pub fn recounted(&self, unit: &str, day: i64) -> [i64; 5] {
        let mut engine = Sqlite::of(self);
        let open = format!("t.start_n <= {day} AND t.end_n >= {day}");
        [
            format!("household t WHERE t.opened_n <= {day}"),
            "person t WHERE 1 = 1".to_owned(),
            format!("episode t WHERE t.dimension = 'status' AND t.code IN ('2', '3') AND {open}"),
            format!("placement t WHERE {open}"),
            format!("certification t WHERE {open}"),
        ]
        .map(|counted| {
            let sql = format!(
                "SELECT COUNT(*) FROM {counted} AND (t.unit = '{unit}' OR t.unit IN (SELECT u.unit FROM unit u \
                 WHERE u.parent = '{unit}' AND u.programme = 1))"
            );
            match engine.query(&sql).expect("the count is SQL")[0][0] {
                SqlValue::Int(count) => count,
                _ => 0,
            }
        })
    }

    fn about(&mut self, table: &str, unit: &str, given: &[(&str, SqlValue)]) -> &mut Self {
        let doc = self.next_doc();
        let row: Vec<(&str, SqlValue)> = [("unit", unit.into()), ("doc", doc.as_str().into())]
            .into_iter()
            .filter(|(name, _)| !given.iter().any(|(other, _)| other == name))
            .chain(given.iter().cloned())
            .collect();
        self.add(table, &row)
    }

    /// A worker in a full-time post, certified.
    pub fn posts(&mut self, unit: &str) -> &mut Self {
        self.staff(unit, "2024-01-01", "", "2027-12-31")
    }

    pub fn staff(&mut self, unit: &str, start: &str, end: &str, certified_until: &str) -> &mut Self {
        let certificate = if certified_until.is_empty() { "" } else { "LB1" };
        self.about(
            "staff",
            unit,
            &[
                ("name", "worker".into()),
                ("full_time", 1.into()),
                ("start", start.into()),
                ("end", end.into()),
                ("certificate", certificate.into()),
                ("certified_until", certified_until.into()),
            ],
        )
    }

    /// Policies, a display and vacancies all year, and a display that works.
    pub fn boards(&mut self, unit: &str) -> &mut Self {
        for month in (date(START)..=date(AS_OF)).step_by(15) {
            self.posting(unit, "policy", &iso(month)).posting(unit, "display", &iso(month));
            self.vacancy(unit, "records", &iso(month), "2026-12-31");
        }
        for _ in 0..4 {
            self.vacancy(unit, "records", START, "2026-12-31");
        }
        self.about("equipment", unit, &[("doc", "display".into()), ("what", "display".into())]);
        self.display_checked(unit, "2026-10-20", 1)
    }

    pub fn posting(&mut self, unit: &str, board: &str, start: &str) -> &mut Self {
        self.about(
            "posting",
            unit,
            &[("board", board.into()), ("start", start.into()), ("end", start.into())],
        )
    }

    pub fn vacancy(&mut self, unit: &str, channel: &str, start: &str, end: &str) -> &mut Self {
        self.about(
            "vacancy",
            unit,
            &[("channel", channel.into()), ("start", start.into()), ("end", end.into())],
        )
    }

    pub fn display_checked(&mut self, unit: &str, day: &str, working: i64) -> &mut Self {
        let given = [("doc", "display".into()), ("day", day.into()), ("working", working.into())];
        self.about("equipment_check", unit, &given)
    }

    /// An exchange on every day of the period.
    pub fn exchanges(&mut self, unit: &str) -> &mut Self {
        for day in date(START)..=date(AS_OF) {
            self.exchange(unit, &iso(day), "link");
        }
        self
    }

    pub fn exchange(&mut self, unit: &str, day: &str, means: &str) -> &mut Self {
        self.about("exchange_day", unit, &[("day", day.into()), ("means", means.into())])
    }

    /// A nil for every ledger; it says nothing where the ledger has rows.
    pub fn nils(&mut self, unit: &str) -> &mut Self {
        for number in 2..=17 {
            self.nil(unit, &format!("L{number:02}"));
        }
        self
    }

    pub fn nil(&mut self, unit: &str, ledger: &str) -> &mut Self {
        let given = [
            ("ledger", ledger.into()),
            ("start", START.into()),
            ("end", AS_OF.into()),
            ("day", AS_OF.into()),
        ];
        self.about("nil", unit, &given)
    }

    /// People sampled for an item, of whose five fields so many agreed.
    pub fn sampled(&mut self, unit: &str, item: &str, people: usize, agreed: i64) -> &mut Self {
        let doc = self.next_doc();
        let sample = [
            ("doc", doc.as_str().into()),
            ("item", item.into()),
            ("day", "2026-11-05".into()),
            ("stage", "district".into()),
        ];
        self.about("sample_check", unit, &sample);
        for person in 0..people {
            let subject = format!("person {person}");
            let row = [
                ("doc", doc.as_str().into()),
                ("subject", subject.as_str().into()),
                ("compared", 5.into()),
                ("agreed", agreed.into()),
            ];
            self.about("sample_subject", unit, &row);
        }
        self
    }

    /// Satisfied answers of residents, all of them out of work.
    pub fn answers(&mut self, unit: &str, count: usize) -> &mut Self {
        for _ in 0..count {
            self.answer(unit, 5, 1);
        }
        self
    }

    pub fn answer(&mut self, unit: &str, score: i64, out_of_work: i64) -> &mut Self {
        let (doc, token) = (self.next_doc(), self.next_doc());
        self.about("survey", unit, &[("doc", doc.as_str().into()), ("day", "2026-11-05".into())]);
        let answer = [
            ("doc", doc.as_str().into()),
            ("token", token.as_str().into()),
            ("score", score.into()),
            ("out_of_work", out_of_work.into()),
        ];
        self.about("survey_answer", unit, &answer)
    }

    /// Visits every week to every household of the unit, and for everybody a plan, guidance, training offered and
    /// three referrals, as far as they are out of work or in hardship.
    pub fn helped(&mut self, unit: &str) -> &mut Self {
        let of = |world: &Self, table: &str| -> Vec<String> {
            let mut found = Vec::new();
            for (name, row) in world.rows() {
                if let (true, SqlValue::Text(at), SqlValue::Text(doc)) = (name == table, &row[0], &row[1])
                    && at == unit
                {
                    found.push(doc.clone());
                }
            }
            found
        };
        for card in of(self, "household") {
            for day in (date(START)..=date(AS_OF)).step_by(7) {
                let visit = [("doc", card.as_str().into()), ("day", iso(day).as_str().into())];
                self.about("visit", unit, &visit);
            }
        }
        for person in of(self, "person") {
            self.plan(unit, &person, START).guided(unit, &person);
        }
        self
    }

    /// A supervision visit in every quarter of the period.
    pub fn supervised(&mut self, unit: &str) -> &mut Self {
        for day in ["2025-12-01", "2026-03-01", "2026-06-01", "2026-09-01"] {
            self.about("supervision", unit, &[("day", day.into())]);
        }
        self
    }

    pub fn outage(&mut self, unit: &str, start: &str, end: &str) -> &mut Self {
        self.about("outage", unit, &[("start", start.into()), ("end", end.into())])
    }

    /// A vacancy under a known document.
    pub fn opened(&mut self, unit: &str, doc: &str, start: &str, end: &str) -> &mut Self {
        let given = [
            ("doc", doc.into()),
            ("channel", "records".into()),
            ("start", start.into()),
            ("end", end.into()),
        ];
        self.about("vacancy", unit, &given)
    }

    /// A placement of a form, with evidence.
    pub fn placement_in(&mut self, person: &Person, form: &str, start: &str) -> &mut Self {
        let given = [
            ("doc", person.doc.as_str().into()),
            ("form", form.into()),
            ("start", start.into()),
            ("evidence", "contract".into()),
        ];
        self.about("placement", &person.unit, &given)
    }

    pub fn benefit(&mut self, unit: &str, person: &str, policy: &str, state: &str, why: &str) -> &mut Self {
        let given = [
            ("doc", person.into()),
            ("policy", policy.into()),
            ("state", state.into()),
            ("day", "2026-05-05".into()),
            ("reason", why.into()),
        ];
        self.about("benefit", unit, &given)
    }

    pub fn complaint(&mut self, unit: &str, result: &str) -> &mut Self {
        self.about("complaint", unit, &[("day", "2026-05-05".into()), ("result", result.into())])
    }

    pub fn plan(&mut self, unit: &str, person: &str, day: &str) -> &mut Self {
        let given = [("doc", person.into()), ("worker", "worker".into()), ("day", day.into())];
        self.about("aid_plan", unit, &given)
    }

    /// Guidance, training offered and three referrals to vacancies that are open.
    pub fn guided(&mut self, unit: &str, person: &str) -> &mut Self {
        for what in ["guidance", "training_offer"] {
            self.service(unit, person, what, "2026-02-02");
        }
        for _ in 0..3 {
            let vacancy = self.next_doc();
            let open = [
                ("doc", vacancy.as_str().into()),
                ("channel", "records".into()),
                ("start", START.into()),
                ("end", AS_OF.into()),
            ];
            self.about("vacancy", unit, &open);
            self.referred(unit, person, &vacancy, "2026-02-02");
        }
        self
    }

    pub fn service(&mut self, unit: &str, person: &str, what: &str, day: &str) -> &mut Self {
        self.about("service", unit, &[("doc", person.into()), ("what", what.into()), ("day", day.into())])
    }

    pub fn referred(&mut self, unit: &str, person: &str, vacancy: &str, day: &str) -> &mut Self {
        let given = [("doc", person.into()), ("vacancy", vacancy.into()), ("day", day.into())];
        self.about("referral", unit, &given)
    }

    /// A return as filed on a day, with the numbers of its cells in the order of the form.
    pub fn filed(&mut self, unit: &str, form: &str, month: &str, day: &str, cells: [i64; 5]) -> &mut Self {
        let doc = self.next_doc();
        let given = [
            ("doc", doc.as_str().into()),
            ("form", form.into()),
            ("month", month.into()),
            ("day", day.into()),
        ];
        self.about("unit_return", unit, &given);
        for (cell, value) in
            ["households", "people", "unemployed", "placed", "hardship"].into_iter().zip(cells)
        {
            let row = [("doc", doc.as_str().into()), ("cell", cell.into()), ("value", value.into())];
            self.about("return_cell", unit, &row);
        }
        self
    }
}
