//! What was done for people out of work: registration, plans, guidance, referrals, training, benefits.

use linli_wire::DocId;

use crate::{
    Plan,
    card::{Episode, Member},
    dates::iso,
    dice::Dice,
    names,
    office::Vacancies,
    write::{Fields, first_import},
};

/// Days from the first day out of work to guidance, the offer of training, and three referrals.
const GUIDED_AFTER: i64 = 8;
const OFFERED_AFTER: i64 = 20;
const REFERRED_AFTER: [i64; 3] = [15, 30, 45];
/// A time out of work shorter than this needs no help by the standard.
const LONG_DAYS: i64 = 60;

/// What is on record of the help that one person had.
#[derive(Debug, Clone, Default)]
pub struct Help {
    pub registrations: Vec<Registration>,
    aid_posts: Vec<AidPost>,
    plans: Vec<(String, i64, &'static str)>,
    services: Vec<(String, i64, &'static str, &'static str)>,
    referrals: Vec<(String, i64, Referred)>,
    trainings: Vec<(String, i64)>,
    startups: Vec<(String, i64, String)>,
    benefits: Vec<(String, &'static str, i64)>,
}

#[derive(Debug, Clone)]
pub struct Registration {
    pub key: String,
    certificate: String,
    start: i64,
    pub end: Option<i64>,
}

#[derive(Debug, Clone)]
struct AidPost {
    key: String,
    employer: &'static str,
    start: i64,
    end: Option<i64>,
}

#[derive(Debug, Clone)]
struct Referred {
    unit: String,
    vacancy: DocId,
    employer: &'static str,
}

/// Gives a member with a working life the help that a good community gives.
pub fn give(dice: &mut Dice, plan: &Plan, vacancies: &Vacancies, member: &mut Member) {
    let mut help = Help::default();
    for episode in member.episodes.iter().filter(|episode| episode.dimension == "status") {
        if episode.code == "2" {
            help.registrations.push(Registration {
                key: dice.key(),
                certificate: episode.certificate.clone(),
                start: episode.start,
                end: episode.end,
            });
        }
        if matches!(episode.code, "2" | "3" | "4") {
            help.out_of_work(dice, plan, vacancies, episode);
        }
    }
    for certification in &member.certifications {
        help.plans.push((dice.key(), certification.start + dice.between(0, 6), certification.worker));
    }
    for placement in &member.placements {
        match placement.form {
            "40" => {
                let (employer, start, end) = (placement.employer, placement.start, placement.end);
                help.aid_posts.push(AidPost { key: dice.key(), employer, start, end });
                help.benefits.push((dice.key(), "aid_post_subsidy", (start + 25).min(plan.as_of)));
            }
            "20" if placement.start >= plan.period_start => {
                help.startups.push((dice.key(), placement.start, placement.evidence_ref.clone()));
                let paid = (placement.start + 25).min(plan.as_of);
                help.benefits.push((dice.key(), "startup_subsidy", paid));
            }
            _ => {}
        }
    }
    member.help = help;
}

impl Help {
    fn out_of_work(&mut self, dice: &mut Dice, plan: &Plan, vacancies: &Vacancies, episode: &Episode) {
        let from = episode.start.max(plan.period_start);
        let until = episode.end.unwrap_or(plan.as_of).min(plan.as_of);
        if until < episode.start + LONG_DAYS || until < plan.period_start {
            return;
        }
        let within = |after: i64| (from + after).min(until);
        self.services.push((dice.key(), within(GUIDED_AFTER), "guidance", names::worker(dice)));
        self.services.push((dice.key(), within(OFFERED_AFTER), "training_offer", names::worker(dice)));
        for (at, after) in REFERRED_AFTER.into_iter().enumerate() {
            let day = within(after);
            let (vacancy, employer) = vacancies.open_on(day, at);
            let referred = Referred { unit: vacancies.unit.clone(), vacancy, employer };
            self.referrals.push((dice.key(), day, referred));
        }
        if dice.chance(30) && within(OFFERED_AFTER + 15) < until {
            let began = within(OFFERED_AFTER + 2);
            self.trainings.push((dice.key(), began));
            self.benefits.push((dice.key(), "training_subsidy", (began + 30).min(plan.as_of)));
        }
    }

    /// Whether a ledger that not every community has rows in has one.
    pub fn fills(&self, ledger: &str) -> bool {
        match ledger {
            "L07" => !self.registrations.is_empty(),
            "L11" => !self.aid_posts.is_empty(),
            "L13" => !self.referrals.is_empty(),
            "L14" => !self.trainings.is_empty(),
            "L15" => !self.startups.is_empty(),
            "L16" => !self.benefits.is_empty(),
            _ => false,
        }
    }

    pub fn write(&self, fields: &mut Fields) {
        for registration in &self.registrations {
            fields
                .item("registrations", &registration.key)
                .text("certificate", &registration.certificate)
                .text("issued", &iso(registration.start))
                .text("start", &iso(registration.start))
                .day("end", registration.end);
            first_import(fields);
        }
        for post in &self.aid_posts {
            fields
                .item("aid_posts", &post.key)
                .text("post", "社区协管员")
                .text("employer", post.employer)
                .text("start", &iso(post.start))
                .day("end", post.end)
                .number("months", 12);
        }
        for (key, day, worker) in &self.plans {
            let measures = "职业指导、推荐岗位、技能培训";
            fields
                .item("plans", key)
                .text("day", &iso(*day))
                .text("worker", worker)
                .text("content", measures);
        }
        for (key, day, what, worker) in &self.services {
            fields.item("services", key).text("day", &iso(*day)).text("what", what).text("worker", worker);
        }
        for (key, day, referred) in &self.referrals {
            fields
                .item("referrals", key)
                .text("day", &iso(*day))
                .text("vacancy_unit", &referred.unit)
                .text("vacancy", &referred.vacancy.to_string())
                .text("employer", referred.employer)
                .text("result", "not_taken");
        }
        for (key, began) in &self.trainings {
            fields
                .item("trainings", key)
                .text("course", "家政服务员")
                .text("provider", "市技工学校")
                .text("start", &iso(*began))
                .text("end", &iso(*began + 10))
                .number("passed", 1);
        }
        for (key, start, licence) in &self.startups {
            fields
                .item("startups", key)
                .text("licence", licence)
                .text("start", &iso(*start))
                .number("jobs", 1);
        }
        for (key, policy, day) in &self.benefits {
            fields.item("benefits", key).text("policy", policy).text("state", "paid").text("day", &iso(*day));
        }
    }
}
