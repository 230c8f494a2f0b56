// A case for a captioning box: Raspberry Pi 4 or 5, display, two buttons, light and an I2S microphone in the lid.
// All measures in millimetres. Open it in OpenSCAD, choose the part, render, export as STL.
// Print body and lid in any material without supports, the lid with its face down; the light pipe in a clear one.

/* [What to show] */
part = "exploded"; // [body, lid, pipe, assembled, exploded, step1, step2, step3, step4, collisions]

/* [Display] */
display = "1.3"; // [0.96, 1.3]

/* [Buttons and light] */
caption_hole = 16.2;
mute_hole = 12.2;
pipe_diameter = 6;

/* [Microphone] */
grille_diameter = 14;
microphone_board = 15; // round; 0: no holder

/* [Shell] */
wall = 2.4;
floor_thickness = 2;
lid_thickness = 2.4;
corner = 5;
fit = 0.25; // between parts that go into one another
column = 34; // room for the buttons beside the Pi
headroom = 13; // above the USB ports, for the parts of the lid and their wires

/* [Hidden] */
$fn = 48;
e = 0.01;

// Raspberry Pi 4 and 5. It lies with its ports to the left (USB, network) and to the rear (power, HDMI).
pi = [85, 56, 1.5];
pi_holes = [[3.5, 3.5], [61.5, 3.5], [3.5, 52.5], [61.5, 52.5]];
standoff = 5;
usb_height = 16.5;

// Board, window in the lid, how far the window is above the middle of the board, distances of the holes.
oled = display == "1.3"
  ? [[35.4, 33.5], [31, 16.6], 2, [30.4, 28.5]]
  : [[27.3, 27.8], [23.4, 12.4], 1.6, [23.5, 23.8]];

inner = [1 + pi.x + 2 + column, 8 + pi.y + 0.8, standoff + pi.z + usb_height + headroom];
outer = [inner.x + 2 * wall, inner.y + 2 * wall];
pi_at = [1, 8];
function on_board(p) = [pi_at.x + pi.x - p.x, pi_at.y + pi.y - p.y]; // turned by 180 degrees

display_at = [44, 43];
grille_at = [44, 13];
pipe_at = [77, 43];
caption_at = [inner.x - column / 2 - 1, 47];
mute_at = [inner.x - column / 2 - 1, 18];
screws = [for (x = [3.4, inner.x - 3.4], y = [3.4, inner.y - 3.4]) [x, y]];

module plate(size, radius, height) {
  translate([radius, radius]) linear_extrude(height) offset(radius) square([size.x - 2 * radius, size.y - 2 * radius]);
}

module shell(height) translate([-wall, -wall]) plate(outer, corner, height);

module slots(count, pitch, length, width, depth) {
  for (i = [0:count - 1]) translate([i * pitch, 0, 0]) hull() for (y = [width / 2, length - width / 2])
    translate([width / 2, y, 0]) cylinder(d = width, h = depth);
}

module boss(at) {
  // Hangs in the corner, so that a board fits below; the slope prints without support.
  corner_at = [at.x < inner.x / 2 ? 0 : inner.x, at.y < inner.y / 2 ? 0 : inner.y];
  intersection() {
    hull() {
      translate([at.x, at.y, inner.z - 8.5]) cylinder(d = 7.4, h = 8.5);
      translate([corner_at.x, corner_at.y, inner.z - 8.5]) cylinder(d = 4, h = 8.5);
      translate([corner_at.x, corner_at.y, inner.z - 14]) cylinder(d = 1, h = 1);
    }
    translate([0, 0, -e]) shell(inner.z + e);
  }
}

module body() {
  difference() {
    union() {
      difference() {
        translate([0, 0, -floor_thickness]) shell(inner.z + floor_thickness);
        plate([inner.x, inner.y], corner - wall, inner.z + e);
      }
      for (hole = pi_holes) translate(concat(on_board(hole), -e)) cylinder(d = 6.4, h = standoff + e);
      for (at = screws) boss(at);
    }
    for (hole = pi_holes) translate(concat(on_board(hole), 0.4)) cylinder(d = 2.1, h = standoff); // M2.5, cuts its thread
    for (at = screws) translate([at.x, at.y, inner.z - 8]) cylinder(d = 2.5, h = 9); // M3, cuts its thread
    // USB and network, in the order of the Pi 4 or of the Pi 5
    translate([-wall - e, pi_at.y + 1, standoff + pi.z - 0.8]) cube([wall + 2 * e, pi.y - 2, usb_height + 0.8]);
    // power, HDMI, headphones; wide enough for the plugs
    translate([on_board([60, 0]).x, inner.y - e, standoff - 2.4]) cube([56, wall + 2 * e, 11]);
    // air
    translate([26, 18, -floor_thickness - e]) slots(8, 6, 38, 2.4, floor_thickness + 2 * e);
    translate([inner.x - e, 13, 6]) rotate([0, 90, 0]) mirror([1, 0, 0]) slots(4, 5, 40, 2.4, wall + 2 * e);
    // rubber feet
    for (x = [10, inner.x - 10], y = [8, inner.y - 8]) translate([x, y, -floor_thickness - e]) cylinder(d = 10.4, h = 0.9);
  }
}

module grille() {
  pitch = 2.6;
  for (i = [-4:4], j = [-4:4]) {
    p = [(i + (abs(j) % 2) / 2) * pitch, j * pitch * 0.866];
    if (norm(p) < grille_diameter / 2) translate(p) translate([0, 0, -e]) cylinder(d = 1.4, h = lid_thickness + 2 * e, $fn = 16);
  }
}

module labels(depth = 1) translate([0, 0, lid_thickness - 0.5]) {
  label("captions", [caption_at.x, caption_at.y - caption_hole / 2 - 6], 3.6, depth);
  label("mute", [mute_at.x, mute_at.y - mute_hole / 2 - 5.5], 3.6, depth);
}

module label(words, at, size, depth) translate(at)
  linear_extrude(depth) text(words, size = size, font = "DejaVu Sans:style=Bold", halign = "center", valign = "center");

module oled_holder() {
  for (x = [-1, 1], y = [-1, 1]) translate([x * oled[3].x / 2, y * oled[3].y / 2, -3.6]) {
    cylinder(d = 2.2, h = 3.6 + e);
    translate([0, 0, 2]) cylinder(d = 4.4, h = 1.6 + e);
  }
}

module window() {
  translate([0, oled[2], 0]) hull() {
    translate([-oled[1].x / 2, -oled[1].y / 2, -e]) cube([oled[1].x, oled[1].y, e]);
    translate([-oled[1].x / 2 - 2, -oled[1].y / 2 - 2, lid_thickness]) cube([oled[1].x + 4, oled[1].y + 4, e]);
  }
}

module lid() {
  difference() {
    union() {
      shell(lid_thickness);
      // a lip that finds its place in the body
      difference() {
        translate([fit, fit, -2.5]) plate([inner.x - 2 * fit, inner.y - 2 * fit], corner - wall, 2.5 + e);
        translate([1.8, 1.8, -2.6]) plate([inner.x - 3.6, inner.y - 3.6], 1, 2.8);
        for (at = screws) translate([at.x, at.y, -3]) cylinder(d = 8.4, h = 3);
        for (at = screws) translate([at.x < inner.x / 2 ? -1 : inner.x - 7, at.y < inner.y / 2 ? -1 : inner.y - 7, -3]) cube([8, 8, 3]);
      }
      translate(display_at) oled_holder();
      if (microphone_board > 0) translate(concat(grille_at, -3)) difference() {
        cylinder(d = microphone_board + 3.2, h = 3 + e);
        translate([0, 0, -e]) cylinder(d = microphone_board + 0.4, h = 3 + 2 * e);
        translate([-2, -microphone_board, -e]) cube([4, 2 * microphone_board, 2]); // for a blade to take it out
      }
    }
    translate(display_at) window();
    translate(grille_at) grille();
    translate(concat(caption_at, -e)) cylinder(d = caption_hole, h = lid_thickness + 1);
    translate(concat(mute_at, -e)) cylinder(d = mute_hole, h = lid_thickness + 1);
    translate(concat(pipe_at, -e)) cylinder(d = pipe_diameter + fit, h = lid_thickness + 1);
    for (at = screws) translate([at.x, at.y, -e]) {
      cylinder(d = 3.4, h = lid_thickness + 1);
      translate([0, 0, lid_thickness - 1.6]) cylinder(d1 = 3.4, d2 = 6.6, h = 1.6 + 2 * e);
    }
    labels();
  }
}

module pipe() {
  // Its foot is a collar for a 5 mm LED; a drop of glue under the lid holds it.
  difference() {
    union() {
      cylinder(d = pipe_diameter, h = lid_thickness + 0.6);
      translate([0, 0, -1.2]) cylinder(d = pipe_diameter + 4, h = 1.2 + e);
      translate([0, 0, -7]) cylinder(d = 8.2, h = 6);
    }
    translate([0, 0, -7 - e]) cylinder(d = 5.3, h = 5.8);
  }
}

// What is bought, for the pictures only.

module computer() {
  color("#2f7d4f") difference() {
    cube(pi);
    for (hole = pi_holes) translate([hole.x, hole.y, -e]) cylinder(d = 2.7, h = 3);
  }
  color("#c9ccd0") for (y = [9, 27]) translate([pi.x - 14, y - 6.6, pi.z]) cube([17, 13.2, 16]);
  color("#c9ccd0") translate([pi.x - 18, 45.75 - 8, pi.z]) cube([21, 16, 13.5]);
  color("#b9bcc0") translate([11.2 - 4.5, -1.3, pi.z]) cube([9, 7.4, 3.2]);
  color("#b9bcc0") for (x = [26, 39.5]) translate([x - 3.6, -1.3, pi.z]) cube([7.2, 7.4, 3.4]);
  color("#2a2a2a") translate([7.1, 49.9, pi.z]) cube([50.8, 5.1, 2.5]);
  color("#d8b24a") for (i = [0:19], j = [0, 1]) translate([8.2 + 2.54 * i, 51.2 + 2.54 * j, pi.z + 2.5]) cube([0.6, 0.6, 6]);
  color("#9aa0a6") translate([22, 24, pi.z]) cube([15, 15, 2.4]);
  color("#222222") translate([42, 26, pi.z]) cube([10, 12, 1.2]);
}

module display_board() {
  translate([0, 0, -3.2]) {
    color("#1e4f8a") translate([-oled[0].x / 2, -oled[0].y / 2, 0]) cube([oled[0].x, oled[0].y, 1.2]);
    color("#101010") translate([-oled[1].x / 2 - 1, -oled[1].y / 2 - 1 + oled[2], 1.2]) cube([oled[1].x + 2, oled[1].y + 2, 1.5]);
    color("#bfe3ff") for (row = [0:2]) translate([-oled[1].x / 2 + 2, oled[2] + 3 - 5 * row, 2.7]) cube([oled[1].x * (row == 2 ? 0.5 : 0.85), 2.4, 0.1]);
    color("#d8b24a") for (i = [-1.5:1.5]) translate([i * 2.54 - 0.3, oled[0].y / 2 - 2.2, -6]) cube([0.6, 0.6, 6]);
  }
}

module push_button(hole, colour, nut) {
  color("#b8bdc3") translate([0, 0, lid_thickness]) cylinder(d = hole + 3, h = 1.6);
  color(colour) translate([0, 0, lid_thickness + 1.6]) cylinder(d = hole - 3, h = 2.4);
  color("#8b9299") translate([0, 0, -18]) cylinder(d = hole - 0.4, h = 18 + lid_thickness);
  color("#8b9299") translate([0, 0, -3 - nut]) difference() {
    cylinder(d = hole + 5, h = 2.6, $fn = 6);
    translate([0, 0, -1]) cylinder(d = hole - 0.4, h = 5);
  }
}

module led() {
  color("#f4f7fa") { translate([0, 0, -8.4]) cylinder(d = 5, h = 6.2); translate([0, 0, -9.2]) cylinder(d = 5.8, h = 1); }
  color("#b0b5ba") for (i = [-1.5:1.5]) translate([i * 1.2, 0, -17]) cylinder(d = 0.5, h = 8);
}

module microphone() {
  color("#6a3f9a") translate([0, 0, -1.8]) cylinder(d = microphone_board - 0.4, h = 1.6);
  color("#d9d9d9") translate([-2, -1.5, -3]) cube([4, 3, 1.2]);
}

module screw(length) {
  color("#7d848b") { cylinder(d1 = 3, d2 = 6, h = 1.6); translate([0, 0, -length]) cylinder(d = 2.8, h = length); }
}

module computer_in_place() translate([pi_at.x + pi.x, pi_at.y + pi.y, standoff]) rotate(180) computer();
module printed(colour) color(colour) children();

module lid_parts(apart = 0, nuts = 2) {
  translate([display_at.x, display_at.y, -apart]) display_board();
  translate([grille_at.x, grille_at.y, -apart * 0.8]) microphone();
  translate([pipe_at.x, pipe_at.y, -apart * 0.55]) printed("#e8f6ff") pipe();
  translate([pipe_at.x, pipe_at.y, -apart]) led();
  translate([caption_at.x, caption_at.y, apart * 0.9]) push_button(caption_hole, "#1f8a4c", nuts * apart);
  translate([mute_at.x, mute_at.y, apart * 0.9]) push_button(mute_hole, "#8a3fc0", nuts * apart);
}

module painted_lid() {
  printed("#f7f5f0") lid();
  color("#444444") labels(0.56);
}

module screws_of_lid(height) for (at = screws) translate([at.x, at.y, height]) screw(8);

module upside_down() translate([0, -14, 4]) rotate([180, 0, 0]) children();
function upside_down(p) = [p.x, -14 - p.y, 4 - p.z];

module cord(from, to, colour) {
  // A thread that leaves upwards at both ends.
  function at(t) = let (s = 1 - t) s * s * s * from + 3 * s * s * t * [from.x, from.y, inner.z + 22]
    + 3 * s * t * t * [to.x, to.y + 6, inner.z + 10] + t * t * t * to;
  color(colour) for (i = [0:23]) hull() for (t = [i, i + 1]) translate(at(t / 24)) sphere(d = 1.1, $fn = 8);
}

function header(pin) = let (column = floor((pin - 1) / 2), row = (pin - 1) % 2)
  concat(on_board([8.5 + 2.54 * column, 51.5 + 2.54 * row]), standoff + 10);

module cords() {
  oled_pins = [[1, "#d02f2f"], [3, "#2d6cdf"], [5, "#c08a00"], [9, "#333333"]];
  for (i = [0:3])
    cord(header(oled_pins[i][0]), upside_down([display_at.x + (1.5 - i) * 2.54, display_at.y + oled[0].y / 2 - 2, -9]), oled_pins[i][1]);
  led_pins = [[15, "#e03131"], [16, "#2f9e44"], [18, "#1c6dd0"], [20, "#333333"]];
  for (i = [0:3]) cord(header(led_pins[i][0]), upside_down([pipe_at.x + (1.5 - i) * 1.2, pipe_at.y, -16]), led_pins[i][1]);
  microphone_pins = [[12, "#c08a00"], [17, "#d02f2f"], [30, "#333333"], [34, "#333333"], [35, "#2d6cdf"], [38, "#1f8a4c"]];
  for (i = [0:5])
    cord(header(microphone_pins[i][0]), upside_down([grille_at.x + (2.5 - i) * 2, grille_at.y - 5, -2]), microphone_pins[i][1]);
  cord(header(11), upside_down([caption_at.x - 3, caption_at.y, -18]), "#1f8a4c");
  cord(header(25), upside_down([caption_at.x + 3, caption_at.y, -18]), "#333333");
  cord(header(13), upside_down([mute_at.x - 3, mute_at.y, -18]), "#8a3fc0");
  cord(header(39), upside_down([mute_at.x + 3, mute_at.y, -18]), "#333333");
}

if (part == "body") body();
if (part == "lid") rotate([180, 0, 0]) lid();
if (part == "pipe") rotate([180, 0, 0]) pipe();
if (part == "assembled" || part == "exploded" || part == "step4") {
  apart = part == "exploded" ? 1 : 0;
  printed("#eceae4") body();
  translate([0, 0, 30 * apart]) computer_in_place();
  translate([0, 0, inner.z + 85 * apart + (part == "step4" ? 20 : 0)]) {
    painted_lid();
    lid_parts(25 * apart);
    screws_of_lid(part == "assembled" ? 0.9 : 15);
  }
}
if (part == "step1") {
  printed("#eceae4") body();
  translate([0, 0, 22]) computer_in_place();
  for (hole = pi_holes) translate(concat(on_board(hole), standoff + 46)) scale(0.85) screw(6);
}
if (part == "step2") upside_down() { painted_lid(); lid_parts(22, nuts = 1.3); }
if (part == "step3") {
  printed("#eceae4") body();
  computer_in_place();
  upside_down() { painted_lid(); lid_parts(); }
  cords();
}
if (part == "collisions") {
  // Of what is printed and what is bought, only faces touch: no solid may be left here.
  intersection() { union() { body(); translate([0, 0, inner.z]) lid(); } computer_in_place(); }
  intersection() { union() { body(); computer_in_place(); } translate([0, 0, inner.z]) lid_parts(); }
  intersection() { body(); translate([0, 0, inner.z]) lid(); }
}
