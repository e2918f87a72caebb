# Reads each file with one of Ruby's readers, and prints what it got: NAME=value, and a NUL after each.
require 'dotenv'
require 'yaml'

# `Dotenv.parse` came after version 2.4.
dotenv = Dotenv.respond_to?(:parse) ? Dotenv.method(:parse) : ->(file) { Dotenv::Environment.new(file, false) }
by, *files = ARGV
$stdout.binmode
files.each do |file|
  begin
    variables = by == 'dotenv' ? dotenv.call(file) : YAML.safe_load(File.read(file))
  rescue Dotenv::FormatError, Psych::Exception
    next # A file that is rejected gives nothing.
  end
  variables.each { |name, value| $stdout.write(name, '=', value.is_a?(String) ? value : "a #{value.class}", "\0") }
end
