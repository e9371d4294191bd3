//! Draws the figures as SVG plots.

use std::ops::Range;
use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::*;

use crate::failure::{During, Result};
use crate::growth::Growth;
use crate::latency::{Latency, Round};
use crate::statistics::quantile;

/// The size of a plot, in pixels.
const SIZE: (u32, u32) = (900, 480);

/// The font of all texts.
const FONT: &str = "sans-serif";

/// The part of a distribution that is plotted, in thousandths of all answers. The slowest
/// thousandth would squeeze all others together.
const THOUSANDTHS: Range<usize> = 1..999;

/// A line of a plot.
struct Curve<'a> {
    name: &'a str,
    points: Vec<(f64, f64)>,
}

/// Draws the cumulative distribution of the times, with a curve for each program.
///
/// # Errors
/// The file cannot be written.
pub fn distribution(path: &Path, title: &str, latencies: &[Latency]) -> Result<()> {
    let curves: Vec<Curve<'_>> = latencies.iter().map(curve_of).collect();
    let axes = ("microseconds", "per cent of all answers");
    draw(path, title, axes, 0.0..100.0, &curves)
}

#[expect(clippy::cast_precision_loss, reason = "there are a thousand")]
fn curve_of(latency: &Latency) -> Curve<'_> {
    let times: Vec<f64> = latency.rounds.iter().flat_map(|round| round.times.clone()).collect();
    let point = |thousandth| (quantile(&times, thousandth), thousandth as f64 / 10.0);
    Curve { name: latency.name, points: THOUSANDTHS.step_by(2).map(point).collect() }
}

/// Draws the time to the last action and the memory, each over the number of actions.
///
/// # Errors
/// A file cannot be written.
pub fn growth(time: &Path, memory: &Path, growth: &Growth) -> Result<()> {
    let curve = |name, figure: fn(&Round) -> f64| {
        let times = growth.latencies.iter().map(|latency| latency.typical(figure));
        Curve { name, points: over_actions(growth, times) }
    };
    let curves = [curve("median", |round| round.median), curve("p99", |round| round.p99)];
    let title = "From the signal to the line of the last action";
    draw(time, title, ("actions in the bundle", "microseconds"), from_zero(&curves), &curves)?;
    let points = over_actions(growth, growth.memory().into_iter());
    let curves = [Curve { name: "proportional memory", points }];
    let axes = ("actions in the bundle", "KiB");
    draw(memory, "Memory while no signal comes", axes, from_zero(&curves), &curves)
}

#[expect(clippy::cast_precision_loss, reason = "no bundle has so many actions")]
fn over_actions(growth: &Growth, values: impl Iterator<Item = f64>) -> Vec<(f64, f64)> {
    growth.actions.iter().map(|actions| *actions as f64).zip(values).collect()
}

fn from_zero(curves: &[Curve<'_>]) -> Range<f64> {
    let values = curves.iter().flat_map(|curve| curve.points.iter().map(|(_, y)| *y));
    0.0..values.fold(1.0, f64::max) * 1.1
}

/// The smallest and the largest x value.
fn width(curves: &[Curve<'_>]) -> Range<f64> {
    let places = || curves.iter().flat_map(|curve| curve.points.iter().map(|(x, _)| *x));
    let (least, most) = (places().fold(f64::MAX, f64::min), places().fold(f64::MIN, f64::max));
    least..most
}

fn draw(
    path: &Path,
    title: &str,
    axes: (&str, &str),
    height: Range<f64>,
    curves: &[Curve<'_>],
) -> Result<()> {
    let root = SVGBackend::new(path, SIZE).into_drawing_area();
    let drawing = || format!("draw {}", path.display());
    paint(&root, title, axes, height, curves).during(drawing)?;
    root.present().during(drawing)
}

fn paint(
    root: &DrawingArea<SVGBackend<'_>, Shift>,
    title: &str,
    (across, up): (&str, &str),
    height: Range<f64>,
    curves: &[Curve<'_>],
) -> std::result::Result<(), DrawingAreaErrorKind<std::io::Error>> {
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(root)
        .caption(title, (FONT, 20))
        .margin(15)
        .x_label_area_size(45)
        .y_label_area_size(65)
        .build_cartesian_2d(width(curves).log_scale(), height)?;
    chart.configure_mesh().x_desc(across).y_desc(up).label_style((FONT, 14)).draw()?;
    for (number, curve) in curves.iter().enumerate() {
        let style = Palette99::pick(number).stroke_width(2);
        let key = move |(x, y)| PathElement::new([(x, y), (x + 20, y)], style);
        let series = LineSeries::new(curve.points.iter().copied(), style);
        chart.draw_series(series)?.label(curve.name).legend(key);
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::LowerRight)
        .background_style(WHITE.mix(0.8))
        .border_style(BLACK)
        .label_font((FONT, 14))
        .draw()
}

#[cfg(test)]
mod tests {
    use super::distribution;
    use crate::latency::{Latency, Round};
    use crate::scratch::Scratch;

    #[test]
    fn a_plot_names_every_program() {
        let folder = Scratch::make().unwrap();
        let path = folder.path.join("plot.svg");
        let latency = |name| {
            let times: Vec<f64> = (1..=1000).map(f64::from).collect();
            let round = Round { times, median: 500.0, p99: 990.0, p999: 999.0, lost: 0 };
            Latency { name, rounds: vec![round] }
        };
        distribution(&path, "All of them", &[latency("one"), latency("two")]).unwrap();
        let text = std::fs::read_to_string(path).unwrap();
        assert!(text.starts_with("<svg"), "{text}");
        for word in ["All of them", "one", "two", "microseconds"] {
            assert!(text.contains(word), "{word} is missing");
        }
    }
}
