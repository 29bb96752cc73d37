//! What the demo says at its end.

use anyhow::Result;
use linli_eval::Outcome;
use linli_node::Evaluated;
use serde::Serialize;

use super::{Options, city::City};

/// The demo's one object; `--json` prints it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct DemoReport {
    /// Whether every promise held.
    pub ok: bool,
    pub directory: String,
    pub communities: usize,
    pub hubs: usize,
    pub devices: usize,
    pub entries: u64,
    pub documents: u64,
    pub people: u64,
    pub converged: bool,
    pub refused: usize,
    /// Each refusal with its reason.
    pub refusals: Vec<String>,
    pub cut: String,
    pub concurrent: String,
    pub bundle: String,
    pub evaluation: EvaluationReport,
    /// Scorecards that districts and streets made to the same bytes as the city.
    pub agreed: usize,
    /// People found in two communities and counted in one.
    pub duplicates: usize,
    pub snapshot: SnapshotReport,
    pub seconds: Seconds,
    /// What did not hold.
    pub failures: Vec<String>,
}

#[derive(Debug, Clone, Default, Serialize)]
pub struct EvaluationReport {
    pub recognised: usize,
    pub vetoed: usize,
    pub units: Vec<UnitReport>,
}

#[derive(Debug, Clone, Default, Serialize)]
pub struct UnitReport {
    pub unit: String,
    pub name: String,
    pub total: String,
    pub recognised: bool,
    pub vetoes: Vec<String>,
}

#[derive(Debug, Clone, Default, Serialize)]
pub struct SnapshotReport {
    pub file: String,
    pub bytes: u64,
    pub verified: bool,
    pub scorecards_equal: bool,
}

#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Seconds {
    pub enrol: f64,
    pub edit: f64,
    pub sync: f64,
    pub evaluate: f64,
    pub snapshot: f64,
    pub verify: f64,
}

impl DemoReport {
    pub fn read_evaluation(&mut self, city: &City, official: &Evaluated) {
        for card in &official.evaluation.scorecards {
            let failing = card.vetoes.iter().filter(|veto| veto.state == linli_eval::VetoState::Fails);
            let vetoes: Vec<String> = failing.map(|veto| format!("{} {}", veto.id, veto.item)).collect();
            let recognised = card.outcome == Outcome::Meets;
            self.evaluation.recognised += usize::from(recognised);
            self.evaluation.vetoed += usize::from(!vetoes.is_empty());
            self.evaluation.units.push(UnitReport {
                unit: card.unit.to_string(),
                name: city.name(&card.unit).to_owned(),
                total: card.total.shown(),
                recognised,
                vetoes,
            });
        }
    }

    pub fn count(&mut self, city: &City) -> Result<()> {
        let counts = city.hub.node.with(|r| r.counts())?;
        self.entries = counts.entries;
        self.documents = counts.documents;
        let people = city.hub.node.with(|r| {
            r.query(
                "SELECT COUNT(DISTINCT CASE WHEN id_no = '' THEN doc ELSE id_no END) FROM person",
                [],
                |row| row.get(0),
            )
        })?;
        self.people = people.first().copied().unwrap_or(0);
        Ok(())
    }

    /// Holds the report against what the demo promises.
    pub fn judge(&mut self, options: &Options) {
        let scored = self.evaluation.units.len();
        self.refused = self.refusals.len();
        let promises = [
            (self.converged, "every hub and device with a network holds the same"),
            (self.communities == options.communities, "every community takes part"),
            (self.refused == 3, "three are refused"),
            (self.duplicates == 1, "the person in two communities is counted once"),
            (scored > self.communities, "every community and street is scored"),
            (self.agreed == 2 * scored, "districts and streets score to the same bytes as the city"),
            (self.evaluation.recognised > 0, "some units meet the standard"),
            (self.evaluation.vetoed > 0, "some units are vetoed"),
            (self.snapshot.verified, "the snapshot is verified"),
            (self.snapshot.scorecards_equal, "the snapshot's scorecards are recomputed to the same bytes"),
        ];
        self.failures =
            promises.into_iter().filter(|(held, _)| !held).map(|(_, what)| what.to_owned()).collect();
        self.ok = self.failures.is_empty();
    }
}
