//! An action program that behaves as its name says. Only tests use it; it is never installed.
//!
//! A test copies it as `flagman-action-STAGE-HOW`. At `STAGE`, which is `describe`, `hello`,
//! `set_up`, `run`, `idle` (after a successful run) or `tear_down`, it does `HOW`. At all other stages
//! it behaves correctly, and prints its first word with the request. Copied as `flagman-action-kit`, it
//! runs the program made with the kit for authors.

mod kit;

mod misdeeds;

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::ExitCode;

use flagman_base::protocol::{ACTION_FD, FromProgram, Level, PROTOCOL, ToProgram};

use misdeeds::misbehave;

/// An error after which this program gives up.
type Broken = Box<dyn std::error::Error>;

/// The program's socket, and how it must behave.
struct Program {
    socket: UnixStream,
    stage: String,
    how: String,
    words: Vec<String>,
}

impl Program {
    fn say(&self, message: &FromProgram) -> Result<(), Broken> {
        Ok((&self.socket).write_all(message.encode()?.as_bytes())?)
    }

    fn print(&self, text: &str) {
        println!("{} {text}", self.words.first().map_or("", String::as_str));
    }

    /// Misbehaves as its name says, if this is the stage in its name.
    fn reach(&self, stage: &str) -> Result<(), Broken> {
        if self.stage == stage { misbehave(&self.how, &self.socket) } else { Ok(()) }
    }

    /// Answers a message from flagman. Returns `false` after the last one.
    fn hear(&mut self, line: &str) -> Result<bool, Broken> {
        match ToProgram::decode(line)? {
            ToProgram::Hello { .. } => {
                self.reach("hello")?;
                self.say(&FromProgram::Hello { protocol: PROTOCOL })?;
                if self.how == "deaf" {
                    misbehave("hang", &self.socket)?;
                }
            }
            ToProgram::SetUp { arguments } => self.set_up(arguments)?,
            ToProgram::Run { id, arrival } => self.run(id, arrival.signal.to_string().as_str())?,
            ToProgram::TearDown => {
                self.print("torn down");
                self.reach("tear_down")?;
                self.say(&FromProgram::Gone)?;
                return Ok(false);
            }
            ToProgram::Unknown(_) => {}
        }
        Ok(true)
    }

    fn set_up(&mut self, words: Vec<String>) -> Result<(), Broken> {
        self.words = words;
        self.print(&format!("set up, {} words", self.words.len()));
        self.reach("set_up")?;
        self.say(&FromProgram::Ready)
    }

    /// Logs a line at each level.
    fn log_all(&self) -> Result<(), Broken> {
        use Level::{Critical, Debug, Error, Info, Warning};
        for level in [Critical, Error, Warning, Info, Debug] {
            self.say(&FromProgram::Log { level, message: format!("{level:?}") })?;
        }
        Ok(())
    }

    fn run(&self, id: u64, signal: &str) -> Result<(), Broken> {
        self.print(&format!("run {signal}"));
        match (self.stage.as_str(), self.how.as_str()) {
            ("run", "fail") => {
                return self.say(&FromProgram::Failed { id: Some(id), message: "no luck".into() });
            }
            ("run", "close") => {
                return self.say(&FromProgram::Closed { id, reason: "enough".into() });
            }
            ("run", "wrong_id") => return self.say(&FromProgram::Done { id: id + 7 }),
            ("run", "log") => {
                let message = "two\nlines".into();
                self.say(&FromProgram::Log { level: Level::Warning, message })?;
            }
            ("run", "log_all") => self.log_all()?,
            _ => self.reach("run")?,
        }
        self.say(&FromProgram::Done { id })?;
        self.reach("idle")
    }
}

/// The part of the file's name after `flagman-action-`.
fn own_name() -> String {
    let path = std::env::args().next().unwrap_or_default();
    let file = Path::new(&path).file_name().unwrap_or_default().to_string_lossy();
    file.strip_prefix("flagman-action-").unwrap_or_default().to_owned()
}

fn describe(how: &str) -> Result<(), Broken> {
    let text = r#"{"protocol":1,"description":"Does as it is named.","arguments":["#;
    let (word, number) = (r#"{"name":"word","type":"str","#, r#"{"name":"number","type":"int"}"#);
    match how {
        "hang" => loop {
            std::thread::park();
        },
        "die" => return Err("it dies".into()),
        "garbage" => println!("what?"),
        "newer" => println!(r#"{{"protocol":2,"description":"","arguments":[]}}"#),
        "endless" => loop {
            std::io::stdout().write_all(&[b'x'; 4096])?;
        },
        "typed" => println!("{text}{number}]}}"),
        _ => println!("{text}{word}\"repeated\":true}}]}}"),
    }
    Ok(())
}

fn serve(stage: &str, how: &str) -> Result<(), Broken> {
    let socket = flagman_sys::take_descriptor(ACTION_FD).ok_or("flagman starts it")?;
    let socket = UnixStream::from(socket);
    let lines = BufReader::new(socket.try_clone()?).lines();
    let (stage, how) = (stage.to_owned(), how.to_owned());
    let mut program = Program { socket, stage, how, words: Vec::new() };
    for line in lines {
        if !program.hear(&line?)? {
            break;
        }
    }
    Ok(())
}

fn main() -> ExitCode {
    let name = own_name();
    if name == "kit" {
        return flagman_action::serve::<kit::Kit>();
    }
    let (stage, how) = name.split_once('-').unwrap_or((&name, ""));
    let asked = std::env::args().nth(1).unwrap_or_default();
    let result = match asked.as_str() {
        "describe" => describe(if stage == "describe" { how } else { "" }),
        _ => serve(stage, how),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        // It prints nothing: the tests check what flagman logs about it.
        Err(_) => ExitCode::from(3),
    }
}
