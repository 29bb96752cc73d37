//! Who lives in a household: relations, ages, names, schooling. What they work is decided elsewhere.

use linli_model::idnumber::Sex;

use crate::{card::Member, dates, dice::Dice, help::Help, names, number::Numbers};

/// Who makes up a household. Ages are full years at the evaluation date.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    Single {
        sex: Sex,
        age: i64,
    },
    LoneParent {
        sex: Sex,
        age: i64,
    },
    /// A couple with so many children and, for a household of five, the head's parents.
    Couple {
        man: i64,
        woman: i64,
        children: u8,
        parents: bool,
    },
}

/// What the people of one household have in common.
#[derive(Debug, Clone)]
pub struct Home {
    pub as_of: i64,
    pub registration_kind: &'static str,
    pub registration_division: String,
    pub verified: i64,
}

impl Shape {
    /// A household in which nobody needs to be of a certain age.
    pub fn ordinary(dice: &mut Dice) -> Self {
        let man = dice.between(29, 56);
        let woman = man - dice.between(0, 4);
        let couple = |children, parents| Self::Couple { man, woman, children, parents };
        let sex = if dice.chance(50) { Sex::Male } else { Sex::Female };
        let elder = dice.between(66, 88);
        dice.weighted(&[
            (7, Self::Single { sex, age: elder }),
            (13, Self::Couple { man: elder, woman: elder - 2, children: 0, parents: false }),
            (10, Self::Single { sex, age: man }),
            (5, Self::LoneParent { sex, age: man.min(46) }),
            (17, couple(0, false)),
            (31, couple(1, false)),
            (9, couple(2, false)),
            (8, couple(1, true)),
        ])
    }
}

/// The people of a household, the head first and the spouse, if there is one, second.
pub fn members(dice: &mut Dice, numbers: &mut Numbers, home: &Home, shape: Shape) -> Vec<Member> {
    let mut made = Maker { dice, numbers, home };
    match shape {
        Shape::Single { sex, age } => {
            let marriage = if age >= 60 { "30" } else { made.dice.pick(&["10", "10", "40"]) };
            let surname = names::surname(made.dice);
            vec![made.member("02", surname, sex, age, marriage)]
        }
        Shape::LoneParent { sex, age } => {
            let surname = names::surname(made.dice);
            let parent = made.member("02", surname, sex, age, "40");
            let child = made.child(surname, age, 0, 1);
            vec![parent, child]
        }
        Shape::Couple { man, woman, children, parents } => made.couple(man, woman, children, parents),
    }
}

struct Maker<'a> {
    dice: &'a mut Dice,
    numbers: &'a mut Numbers,
    home: &'a Home,
}

impl Maker<'_> {
    fn couple(&mut self, man: i64, woman: i64, children: u8, parents: bool) -> Vec<Member> {
        let (his, hers) = (names::surname(self.dice), names::surname(self.dice));
        let marriage = self.dice.weighted(&[(93, "21"), (6, "22"), (1, "23")]);
        let (head, head_age) = if self.dice.chance(70) { (his, man) } else { (hers, woman) };
        let mut members = if head_age == man && head == his {
            vec![
                self.member("02", his, Sex::Male, man, marriage),
                self.member("12", hers, Sex::Female, woman, marriage),
            ]
        } else {
            vec![
                self.member("02", hers, Sex::Female, woman, marriage),
                self.member("11", his, Sex::Male, man, marriage),
            ]
        };
        for order in 0..children {
            let child = self.child(his, woman, order, children);
            members.push(child);
        }
        if parents {
            let age = head_age + self.dice.between(24, 28);
            let mother_name = names::surname(self.dice);
            members.push(self.member("51", head, Sex::Male, age, "21"));
            members.push(self.member("52", mother_name, Sex::Female, age - 1, "21"));
        }
        members
    }

    fn child(&mut self, surname: &str, parent_age: i64, order: u8, children: u8) -> Member {
        let sex = if self.dice.chance(52) { Sex::Male } else { Sex::Female };
        let age = (parent_age - self.dice.between(22, 25) - 4 * i64::from(order)).max(0);
        let relation = match (children, order, sex) {
            (1, _, Sex::Male) => "21",
            (1, _, Sex::Female) => "31",
            (_, 0, Sex::Male) => "22",
            (_, 0, Sex::Female) => "32",
            (_, _, Sex::Male) => "29",
            (_, _, Sex::Female) => "39",
        };
        self.member(relation, surname, sex, age, "10")
    }

    fn member(
        &mut self,
        relation: &'static str,
        surname: &str,
        sex: Sex,
        age: i64,
        marriage: &'static str,
    ) -> Member {
        let birth = dates::born(self.home.as_of, age, self.dice.between(0, 360));
        let phone = if age >= 14 { names::phone(self.dice) } else { String::new() };
        Member {
            id: self.dice.document(),
            relation,
            name: names::full_name(self.dice, surname, sex),
            number: self.numbers.next(birth, sex),
            sex,
            birth,
            claimed_birth: None,
            education: education(self.dice, age),
            marriage,
            registration_kind: self.home.registration_kind,
            registration_division: self.home.registration_division.clone(),
            retirement: if sex == Sex::Female && age >= 22 && self.dice.chance(25) { "f55" } else { "" },
            skills: if age >= 18 { names::skills(self.dice) } else { "" },
            phone,
            verified: self.home.verified,
            episodes: Vec::new(),
            placements: Vec::new(),
            certifications: Vec::new(),
            help: Help::default(),
        }
    }
}

fn education(dice: &mut Dice, age: i64) -> &'static str {
    match age {
        ..6 => "",
        6..13 => "80",
        13..16 => "70",
        16..19 => dice.pick(&["60", "60", "41", "47"]),
        19..35 => dice.pick(&["10", "20", "20", "30", "30", "41", "60"]),
        35..60 => dice.pick(&["20", "30", "41", "44", "60", "60", "70"]),
        _ => dice.pick(&["60", "70", "70", "80", "80"]),
    }
}
